"""What a heading means, in the languages of `labels.toml`, which translators edit.

`vocabulary` has the few labels that count anywhere in an answer; these count where the structure of a
document says that a line is a heading or a label.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from gitanchor.model import word_lists
from gitanchor.model.anchor import SECTIONS
from gitanchor.model.lazy_re import late

_HEADINGS: Final = (*SECTIONS, "notes")
_MARKUP: Final = late(r"[*_`~]+")
_OPENING: Final = late(r"(?:[^\w(]|_)*(?:(?:step\s+)?\d{1,2}[.):]\s+(?:[^\w(]|_)*)?", re.IGNORECASE)
_ASIDE: Final = late(r"\s*[(（\[][^()（）\[\]]*[)）\]]\s*\Z")
_CLOSING: Final = late(r"(?:[^\w)）?？]|_)+\Z")
_PARTS: Final = late(
    r"\s*(?:[/&+,]|\band\b|\bund\b|\bet\b|\by\b|\be\b|\bi\b|\ben\b|\bи\b|・|、|和|与)\s*"
)
_WORD: Final = late(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_IDEOGRAPHS: Final = late(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


_LINKS: Final = frozenset({
    "of", "for", "from", "since", "in", "at", "on", "by", "to", "von", "für", "der", "des", "vom",
    "seit", "de", "du", "pour", "del", "para", "da", "do", "di", "per", "van", "voor", "для", "по", "от",
})  # fmt: skip
"""Words after which a heading says of what it is."""

_NO_LANGUAGES: Final = ("documents", "either", "alone", "common", "elsewhere")
"""The tables of the file that are not those of a language."""

_LONGEST_HEADING: Final = 6
"""Most words of a heading that is searched for a label within."""

_LEAST_PART: Final = 0.4
_LEAST_LETTERS: Final = 4
"""How much of such a heading a label makes up."""


class Dictionary(NamedTuple):
    """The words of all languages: what each label means, what comes before a date, what titles say."""

    meanings: Mapping[str, str]
    dates: frozenset[str]
    handoffs: frozenset[str]
    states: frozenset[str]
    others: frozenset[str]
    either: frozenset[str]
    alone: frozenset[str]
    common: frozenset[str]
    elsewhere: frozenset[str]
    own: frozenset[str]
    firsts: frozenset[str]
    """The first words of all labels."""

    found: dict[str, str | None]
    """The headings that were looked up before: a log has the same ones in each entry."""

    def meaning(self, heading: str) -> str | None:
        """Return the section that a heading names, or `notes`; None if it names none.

        Numbers, emoji and emphasis around the words do not count, nor does an aside in parentheses. Of a
        heading with several labels all have to name the same section.
        """
        if heading not in self.found:
            self.found[heading] = self._meaning(heading)
        return self.found[heading]

    def _meaning(self, heading: str) -> str | None:
        words = plain(heading)
        found = self.meanings.get(words)
        if found is None and words.endswith((")", "）", "]")):
            found = self.meanings.get(plain(_ASIDE.sub("", words)))
        if found:
            return found
        parts = {
            self.meanings.get(part) or self._within(part) for part in _PARTS.split(words) if part
        } - {None}
        if len(parts) == 1:
            return parts.pop()
        return self._beginning(words) or self._within(words)

    def _within(self, words: str) -> str | None:
        """Return what a label means that makes up most of a short heading, as in `To do first`."""
        spaced = words.split(" ")
        if not 2 <= len(spaced) <= _LONGEST_HEADING:
            return None
        phrases = [
            phrase
            for first in range(len(spaced))
            if spaced[first] in self.firsts
            for last in range(first + 1, len(spaced) + 1)
            if (phrase := " ".join(spaced[first:last])) in self.meanings
            and phrase not in self.alone
            and _LEAST_PART * len(words) <= len(phrase) >= _LEAST_LETTERS
        ]
        return self.meanings[max(phrases, key=len)] if phrases else None

    def _beginning(self, words: str) -> str | None:
        """Return what the first words mean: a label of two words, or one before `of` or `for`."""
        spaced = words.split(" ")
        if len(spaced) > 2 and spaced[1] in _LINKS and (found := self.meanings.get(spaced[0])):
            return found
        for count in range(min(len(spaced) - 1, 5), 1, -1) if spaced[0] in self.firsts else ():
            if found := self.meanings.get(" ".join(spaced[:count])):
                return found
        for length in range(min(len(words) - 1, 8), 2, -1) if not words.isascii() else ():
            if _IDEOGRAPHS.match(words[length - 1]) and (found := self.meanings.get(words[:length])):
                return found
        return None

    def is_either(self, heading: str) -> bool:
        """Return whether a heading of the milestone may have the context, or the other way round."""
        return plain(heading) in self.either

    def announces_date(self, label: str) -> bool:
        """Return whether a label comes before a date, as in `Last updated:`."""
        return plain(label) in self.dates

    def is_own(self, heading: str) -> bool:
        """Return whether a heading is one that the team has taught."""
        return plain(heading) in self.own

    def is_common(self, heading: str) -> bool:
        """Return whether a heading with a section is as common in documents that are no notes."""
        return plain(heading) in self.common

    def is_elsewhere(self, heading: str) -> bool:
        """Return whether a heading is one of a README or another document that is no note."""
        return plain(heading) in self.elsewhere

    def is_handoff(self, title: str) -> bool:
        """Return whether a title says that a document is a note, whatever else it says."""
        return _says(title, self.handoffs)

    def is_note(self, title: str) -> bool | None:
        """Return whether a title or file name says that a document is a note for the next session.

        None if it says nothing of either, or something of both.
        """
        if _says(title, self.handoffs):
            return True
        if _says(title, frozenset(words for words in self.others if " " in words)):
            return False  # as `release notes` are no notes
        is_state, is_other = _says(title, self.states), _says(title, self.others)
        return None if is_state == is_other else is_state


def plain(heading: str) -> str:
    """Return the words of a heading as they are compared: without markup, number, emoji and case."""
    text = _MARKUP.sub("", unicodedata.normalize("NFC", heading)).replace("’", "'").strip()
    if text and (not text[0].isalpha() or text[0] in "sS"):  # a number, or `Step 2`
        text = _OPENING.sub("", text, count=1)
    if text and not text[-1].isalnum():
        text = _CLOSING.sub("", text)
    # Turkish: the dotted capital leaves a dot behind, and the dotless letter is its own.
    folded = text.casefold().replace("\u0307", "").replace("ı", "i")
    return " ".join(folded.split())


def _says(title: str, words: frozenset[str]) -> bool:
    text = plain(title.replace("_", " ").replace(".", " "))
    if any(word in text for word in words if " " in word or _IDEOGRAPHS.match(word)):
        return True
    return any(word in words for found in _WORD.findall(text) for word in (found, *found.split("-")))


@cache
def built_in() -> Dictionary:
    """Return the words of `labels.toml`."""
    return _of(_read(), {})


def with_own(labels: Mapping[str, str]) -> Dictionary:
    """Return the words of `labels.toml` and a team's own, label -> field."""
    return _of(_read(), labels) if labels else built_in()


def _read() -> word_lists.Lists:
    return word_lists.read("gitanchor.parsing.documents", "labels.toml")


def _of(languages: word_lists.Lists, own: Mapping[str, str]) -> Dictionary:
    tables = [table for code, table in languages.items() if code not in _NO_LANGUAGES]
    meanings = {
        plain(label): section
        for table in tables
        for section in _HEADINGS
        for label in table.get(section, ())
    }
    meanings.update((plain(label), section) for label, section in own.items())
    titles = languages["documents"]
    return Dictionary(
        meanings,
        frozenset(plain(word) for table in tables for word in table.get("date", ())),
        frozenset(map(plain, titles["handoff"])),
        frozenset(map(plain, titles["state"])),
        frozenset(map(plain, titles["other"])),
        frozenset(map(plain, languages["either"]["words"])),
        frozenset(map(plain, languages["alone"]["words"])),
        frozenset(map(plain, languages["common"]["words"])),
        frozenset(map(plain, languages["elsewhere"]["words"])),
        frozenset(map(plain, own)),
        frozenset(label.split(" ")[0] for label in meanings),
        {},
    )
