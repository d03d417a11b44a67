"""Entries of the log without an anchor file: which may be dropped, and which are all that is left.

An entry may be dropped if its anchor was removed on purpose and its text is kept: by the journal,
whose last record of the anchor is its removal, or by a commit that a branch of this clone reaches.
All others stay until they are absorbed.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from gitanchor.git.repository import Repository
from gitanchor.model.anchor import Anchor
from gitanchor.model.errors import BadAnchorFile
from gitanchor.parsing import log_format
from gitanchor.parsing.log_format import Block
from gitanchor.storage.state import State
from gitanchor.storage.store import FOLDER

_ID_IN_NAME: Final = re.compile(r"-([0-9a-f]{8})\.yaml$")


class Removals(NamedTuple):
    """What this clone knows about anchors that were removed."""

    repository: Repository
    state: State

    def lost(self, lines: Sequence[str], known: Collection[str]) -> list[Block]:
        """Return the entries in a log that may not be dropped; `known` are the ids with files."""
        opened = (log_format.opened(line) for line in lines if line.startswith("<!--"))
        if all(found is None or found in known for found in opened):
            return []  # avoids parsing each entry
        strays = [block for block in log_format.blocks(lines) if block.id not in known]
        from gitanchor.importing import (
            import_plan,  # not needed, like YAML, for a log whose anchors all have files
        )

        said = {block.id: import_plan.unchanged(lines, block) for block in strays}
        gone = self.among({key: anchor for key, anchor in said.items() if anchor is not None})
        return [block for block in strays if block.id not in gone]

    def among(self, anchors: Mapping[str, Anchor]) -> set[str]:
        """Return the ids of those anchors that were removed and whose text is kept.

        Each anchor is given, by id, as its entry describes it.
        """
        gone = set(self._by_journal(anchors)) if anchors else set()
        left = {key: anchor for key, anchor in anchors.items() if key not in gone}
        return gone | set(self._by_commits(left) if left else ())

    def keep(self, path: str, lines: Sequence[str], blocks: Iterable[Block]) -> None:
        """Copy entries of the log at a path into the journal, each once."""
        from gitanchor.storage import journal

        for block in blocks:
            content = "\n".join([*lines[block.begin : block.end + 1], ""]).encode()
            if all(text.read().content != content for text in self.state.records.texts()):
                self.state.records.keep(journal.PASTE, path, content)

    def _by_journal(self, anchors: Mapping[str, Anchor]) -> Iterator[str]:
        from gitanchor.storage import journal

        entries: dict[str, list[journal.Entry]] = defaultdict(list)
        written_ones = (journal.ADD, journal.EDIT, journal.AFTER, journal.DELETE)
        for entry in self.state.records.entries():
            match = _ID_IN_NAME.search(entry.file.name)
            if match and match[1] in anchors and entry.action in written_ones:
                entries[match[1]].append(entry)
        for anchor_id, written in entries.items():
            if written[-1].action == journal.DELETE:
                texts = (entry.read().content for entry in reversed(written))
                if _says(texts, anchors[anchor_id]):
                    yield anchor_id

    def _by_commits(self, anchors: Mapping[str, Anchor]) -> Iterator[str]:
        from gitanchor.git.ancestry import tips

        commits = {tip.commit for tip in tips(self.repository)}
        commits |= {self.repository.head.commit} if self.repository.head.commit else set()
        form = ("--full-history", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=")
        paths = (f":(top,glob){FOLDER}/*/*/*-{anchor_id}.yaml" for anchor_id in anchors)
        tokens = self.repository.log(sorted(commits), *form, "--", *paths)
        blobs: dict[str, list[str]] = defaultdict(list)
        for token, path in itertools.pairwise(tokens):
            match = _ID_IN_NAME.search(path)
            if token.lstrip("\n").startswith(":") and match:
                blobs[match[1]].append(token.split()[3])
        with self.repository.objects() as objects:
            for anchor_id, versions in blobs.items():
                texts = (objects.read(blob) or b"" for blob in dict.fromkeys(versions))
                if anchor_id in anchors and _says(texts, anchors[anchor_id]):
                    yield anchor_id


def _says(texts: Iterable[bytes], anchor: Anchor) -> bool:
    """Whether one of the contents is the file of an anchor that says the same."""
    from gitanchor.storage import codec

    for text in texts:
        try:
            if codec.load(text.decode(), anchor.id) == anchor:
                return True
        except (BadAnchorFile, UnicodeDecodeError):
            continue
    return False
