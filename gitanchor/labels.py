"""What chats and people call the sections of an anchor: labels, their synonyms, other languages.

A vocabulary says which words count. Words that are a section's own name are strong; synonyms, and
names that lost or doubled a letter at either end, are weak: they yield to a strong one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, NamedTuple

NOTES: Final = "notes"

_STRONG: Final = {
    "context": (
        "context", "kontext", "contexte", "contexto", "コンテキスト", "文脈", "背景", "上下文",
    ),
    "milestone": (
        "current milestone", "milestone", "aktueller meilenstein", "meilenstein", "aktueller stand",
        "stand", "jalon actuel", "jalon", "étape actuelle", "hito actual", "hito", "marco atual",
        "marco", "現在のマイルストーン", "マイルストーン", "当前里程碑", "里程碑", "当前进展",
    ),
    "next_action": (
        "next action", "nächste aktion", "nächster schritt", "prochaine action", "prochaine étape",
        "próxima acción", "siguiente paso", "próximo paso", "próxima ação", "próximo passo",
        "次のアクション", "次のステップ", "下一步行动", "下一步",
    ),
    "dependencies": (
        "dependencies", "abhängigkeiten", "dépendances", "dependencias", "dependências", "依存関係",
        "依赖关系", "依赖", "依赖项",
    ),
}  # fmt: skip
_WEAK: Final = {
    "context": ("summary", "background", "zusammenfassung", "résumé", "resumen", "resumo", "概要"),
    "milestone": ("state", "status", "done", "progress", "where we are", "erledigt", "fait", "hecho"),
    "next_action": (
        "next step", "next steps", "next actions", "to do", "todo", "to-do", "follow-up", "follow up",
        "nächste schritte", "prochaines étapes", "próximos pasos", "próximos passos",
    ),
    "dependencies": (
        "dependency", "needs", "requirements", "blockers", "prereqs", "prerequisites", "benötigt",
        "voraussetzungen", "prérequis", "requisitos", "前提条件",
    ),
}  # fmt: skip
_ENGLISH: Final = ("context", "current milestone", "milestone", "next action", "dependencies")


class Meaning(NamedTuple):
    """The field that a label fills, and whether it is the section's own name."""

    section: str
    strong: bool


@dataclass(frozen=True)
class Vocabulary:
    """The labels that count: the built-in ones and those of `own` (label -> field), in any case."""

    own: Mapping[str, str] = field(default_factory=dict)

    def meanings(self) -> dict[str, Meaning]:
        """Every label, in lower case, and what it means."""
        weak = {label: Meaning(section, False) for section, label in _pairs(_WEAK)}
        strong = {label: Meaning(section, True) for section, label in _pairs(_STRONG)}
        damaged = {
            variant: Meaning(strong[label].section, False)
            for label in _ENGLISH
            for variant in (label[1:], label[:-1], label[0] + label, label + label[-1])
        }
        own = {label.casefold().strip(): Meaning(section, True) for label, section in self.own.items()}
        return {**damaged, **weak, **strong, **own}


class Words(NamedTuple):
    """A vocabulary made ready: what each label means, and a pattern that finds one."""

    meanings: dict[str, Meaning]
    pattern: re.Pattern[str]


@cache
def built_in() -> Words:
    """The words of the built-in vocabulary."""
    return ready(Vocabulary())


def ready(vocabulary: Vocabulary) -> Words:
    """Compile a vocabulary into a pattern for the beginning of a line.

    Its groups are `lead` (heading, emphasis, emoji), `label` and `close`; text follows. No part of
    it can match in two ways, so that it takes linear time on any line.
    """
    meanings = vocabulary.meanings()
    labels = sorted([*meanings, NOTES], key=len, reverse=True)
    pattern = re.compile(
        r"(?P<lead>(?:_|[^\w\[(<>\"'“`|:：+-])*+)"
        rf"(?P<label>{'|'.join(map(re.escape, labels))})(?!\w)"
        r"(?P<close>[ \t]{0,3}(?:\*\*|__)?[ \t]{0,3}[:：]?(?:\*\*|__)?)",
        re.IGNORECASE,
    )
    return Words(meanings, pattern)


def _pairs(table: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    return ((section, label) for section, labels in table.items() for label in labels)
