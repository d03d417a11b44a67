"""The names that chats and people use for the sections of an anchor: labels, synonyms, translations.

A section's own name is strong. Synonyms, and names that lost or doubled a letter at either end, are
weak: they do not count if the strong one is present.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

from gitanchor.model.lazy_re import late

NOTES: Final = "notes"
ANCHOR: Final = "anchor"
"""The meaning of words before the name of an anchor. It is not a section."""

_STRONG: Final = {
    ANCHOR: (
        "fortsetzen ab anker", "weiter ab anker", "reprendre depuis l'ancre",
        "reprendre à partir de l'ancre", "reanudar desde el ancla", "retomar da âncora",
        "retomar a partir da âncora", "アンカーから再開", "从锚点恢复", "从锚点继续", "從錨點恢復",
        "從錨點繼續",
    ),
    "context": (
        "context", "kontext", "contexte", "contexto", "コンテキスト", "文脈", "背景", "上下文", "脈絡",
    ),
    "milestone": (
        "current milestone", "milestone", "aktueller meilenstein", "meilenstein", "aktueller stand",
        "stand", "jalon actuel", "jalon", "étape actuelle", "hito actual", "hito", "marco atual",
        "marco", "現在のマイルストーン", "マイルストーン", "当前里程碑", "里程碑", "当前进展",
        "當前里程碑", "目前里程碑", "當前進展", "目前進度",
    ),
    "next_action": (
        "next action", "nächste aktion", "nächster schritt", "prochaine action", "prochaine étape",
        "próxima acción", "siguiente acción", "siguiente paso", "próximo paso", "próxima ação",
        "próximo passo", "次のアクション", "次のステップ", "次の行動", "下一步行动", "下一步",
        "下一步行動",
    ),
    "dependencies": (
        "dependencies", "abhängigkeiten", "dépendances", "dependencias", "dependências", "依存関係",
        "依赖关系", "依赖", "依赖项", "依賴關係", "依賴", "依賴項", "相依性", "相依項目",
    ),
}  # fmt: skip
_WEAK: Final = {
    ANCHOR: ("anker", "ancre", "ancla", "âncora", "アンカー", "锚点", "錨點"),
    "context": ("summary", "background", "zusammenfassung", "résumé", "resumen", "resumo", "概要"),
    "milestone": (
        "state", "status", "done", "progress", "where we are", "erledigt", "fait", "hecho", "状況",
        "状态", "狀態",
    ),
    "next_action": (
        "next step", "next steps", "next step(s)", "next actions", "next action(s)", "to do", "todo",
        "to-do", "follow-up", "follow-ups", "follow up", "follow ups", "nächste schritte",
        "prochaines étapes", "próximos pasos", "próximos passos",
    ),
    "dependencies": (
        "dependency", "needs", "requirements", "blockers", "blocker", "prereqs", "prerequisites",
        "benötigt", "voraussetzungen", "prérequis", "requisitos", "前提条件",
    ),
}  # fmt: skip
_ENGLISH: Final = ("context", "current milestone", "milestone", "next action", "dependencies")

SPACE: Final = r" \t\u00a0\u2002-\u200b\u202f\u2060\u3000\ufeff"
"""Spaces that browsers copy: also no-break and zero-width ones."""

_GAP: Final = late(rf"[{SPACE}_-]+")
_JUNK: Final = r"(?:_|[^\w\[(<>\"'“`|:：+-])*+"
_MARK: Final = r"\*{1,3}|_{1,3}"
_LEAD: Final = rf"{_JUNK}(?:(?P<number>\d{{1,2}}(?:[.)]|\ufe0f?\u20e3)){_JUNK})?"
_FIRST_WORD: Final = late(rf"{_LEAD}(?P<first>[^\W_]+)")


class Meaning(NamedTuple):
    """The field that a label fills, and whether it is the section's own name.

    `repaired` is the correct name if the label is damaged.
    """

    section: str
    strong: bool
    repaired: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """The labels that count: the built-in ones and those of `own` (label -> field). Case is ignored."""

    own: Mapping[str, str] = field(default_factory=dict)

    def meanings(self) -> dict[str, Meaning]:
        """Return the meaning of every label, by label in lower case and composed (NFC)."""
        weak = {label: Meaning(section, False) for section, label in _pairs(_WEAK)}
        strong = {label: Meaning(section, True) for section, label in _pairs(_STRONG)}
        damaged = {
            variant: Meaning(strong[label].section, False, label.capitalize())
            for label in _ENGLISH
            for variant in (label[1:], label[:-1], label[0] + label, label + label[-1])
        }
        own = {_key(label): Meaning(section, True) for label, section in self.own.items()}
        return {**damaged, **weak, **strong, **own}


class Words(NamedTuple):
    """A compiled vocabulary: the meaning of each label, and a pattern that finds one.

    `firsts` are the first words of all labels, `announcing` the phrases before the name of an anchor.
    """

    meanings: dict[str, Meaning]
    pattern: re.Pattern[str]
    firsts: frozenset[str]
    announcing: frozenset[str]

    def may_match(self, text: str) -> bool:
        """Return whether `pattern` may match a line, which is much faster to tell for most lines."""
        found = _FIRST_WORD.match(text)
        return found is not None and found["first"].casefold() in self.firsts

    def meaning(self, label: str) -> Meaning | None:
        """Return the meaning of a label, in any case, Unicode form and spacing; None if it has none."""
        found = self.meanings.get(label.casefold())
        return found or self.meanings.get(_key(label)) or self.meanings.get(_GAP.sub(" ", _key(label)))


@cache
def built_in() -> Words:
    """Return the compiled built-in vocabulary."""
    return ready(Vocabulary())


def ready(vocabulary: Vocabulary) -> Words:
    """Compile a vocabulary into a pattern for the beginning of a line.

    Its groups are `lead` (heading, emphasis, emoji, number), `label`, `hint` (the text in parentheses
    beside it), `colon`, and the emphasis that is `closed` before or `after` the colon; text follows.
    Unbounded repeats can match in one way only, so that the pattern takes linear time.
    """
    meanings = vocabulary.meanings()
    forms = {
        form for label in (*meanings, NOTES) for form in (label, unicodedata.normalize("NFD", label))
    }
    labels = "|".join(map(_spaced, sorted(forms, key=len, reverse=True)))
    space, hint = rf"[{SPACE}]{{0,3}}", r"\([^()]{1,60}\)"
    pattern = re.compile(
        rf"(?P<lead>{_LEAD})"
        rf"(?P<label>{labels})(?![\w\u0300-\u036f])"
        rf"(?P<close>{space}(?P<hint>{hint})?{space}(?P<closed>{_MARK})?{space}(?P<later>{hint}(?={space}[:：]))?"
        rf"{space}(?P<colon>[:：]|[–—-](?=[ \t]))?(?P<after>{_MARK})?)",
        re.IGNORECASE,
    )
    firsts = (found["first"].casefold() for form in forms if (found := _FIRST_WORD.match(form)))
    announcing = (
        form
        for form in forms
        if (meant := meanings.get(form)) and meant.section == ANCHOR and meant.strong
    )
    return Words(meanings, pattern, frozenset(firsts), frozenset(announcing))


def _spaced(label: str) -> str:
    """Return a pattern for a label, with any spaces or, as in keys, underscores between its words."""
    words = map(re.escape, label.replace("'", "\0").split(" "))
    return rf"[{SPACE}_]{{1,3}}".join(words).replace(re.escape("\0"), "['’]")


def _key(label: str) -> str:
    return unicodedata.normalize("NFC", label).replace("’", "'").casefold().strip()


def _pairs(table: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    return ((section, label) for section, labels in table.items() for label in labels)
