"""`git anchor import`: the anchors of hand-kept logs, notes, their history, chats and sessions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import ALLOW_SECRET, JSON, TEXT, open_workspace, read_input
from gitanchor.cli.views import json_of, print_json, print_troubles
from gitanchor.importing.known_files import ENDINGS
from gitanchor.model.anchor import git_date
from gitanchor.model.errors import NotFound, WrongUsage
from gitanchor.model.wording import counted
from gitanchor.operations import imports
from gitanchor.operations.imports import Imported
from gitanchor.operations.workspace import Workspace
from gitanchor.storage.safe_open import MOST_OF_LOG
from gitanchor.storage.store import FOLDER, SETTINGS, StoredAnchor

_SHOWN: Final = 8
"""Headings that a hint shows."""

_DONE = {"add": "added", "update": "updated", "keep": "here already"}
_PLANNED = {"add": "to add", "update": "to update", "keep": "here already"}


@click.command("import")
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER]...")
@click.option("--name", metavar="NAME", type=TEXT, help="The name of the only anchor in a file.")
@click.option("--history", metavar="PATH", help="Every anchor that any version of a log ever held.")
@click.option("--all", "all_branches", is_flag=True, help="With --history, look at all branches.")
@click.option("--chats", metavar="EXPORT", help="The anchors in a data export or in sessions of agents.")
@click.option("--discover", is_flag=True, help="Look for notes and logs in this repository.")
@click.option("-y", "--yes", is_flag=True, help="With --discover, do not ask.")
@click.option("--dry-run", is_flag=True, help="Only print what would be imported.")
@click.option(
    "--branch", metavar="BRANCH", type=TEXT, help="The branch of entries whose text names none."
)
@click.option(
    "--timezone", "zone", metavar="ZONE", help="The zone of times without one, such as Europe/Berlin."
)
@click.option("--keep-encoding", is_flag=True, help="Do not repair a misread encoding.")
@ALLOW_SECRET
@JSON
def command(
    files: tuple[str, ...],
    name: str | None,
    history: str | None,
    all_branches: bool,
    chats: str | None,
    discover: bool,
    yes: bool,
    dry_run: bool,
    branch: str | None,
    zone: str | None,
    keep_encoding: bool,
    as_json: bool,
) -> int:
    """Make anchors of hand-kept logs and handoff notes.

    Of a FOLDER, all .md and .txt files are read, in the order of their names. With --history, the
    anchors come from all versions of a file that were ever committed, bound to the branch and commit
    that they were made on; with --chats, from the data export of ChatGPT or Claude, or from the
    session files of Claude Code, Codex and Gemini CLI; with --discover, from files of this repository
    that are named like notes or logs, or say so in their title. What is imported already is not imported
    again. Every line that is in no anchor is named, with everything that was repaired or guessed.
    The exit status is 1 if no anchor is found.
    """
    if bool(files) + bool(history) + bool(chats) + discover != 1:
        raise WrongUsage("give files, --history, --chats or --discover; see 'git anchor import -h'")
    if yes and not discover:
        raise WrongUsage("--yes goes with --discover")
    if name is not None and not files:
        raise WrongUsage("--name is for a file with one anchor")
    if history:
        return _import_history(history, all_branches, branch, keep_encoding, dry_run, as_json)
    if chats:
        return _import_chats(chats, branch, zone, dry_run, as_json)
    if discover:
        return _discover(branch, yes=yes, dry_run=dry_run, as_json=as_json)
    importing = _Importing(name, branch, zone, keep_encoding, dry_run, as_json)
    return importing.read([(file, read_input(file, MOST_OF_LOG)) for file in _in_folders(files)], files)


@dataclass(slots=True)
class _Importing:
    """An import of files with the options of the command."""

    name: str | None
    branch: str | None
    zone: str | None
    keep_encoding: bool
    dry_run: bool
    as_json: bool

    def read(self, contents: Sequence[tuple[str, bytes]], given: Sequence[str]) -> int:
        """Import files, of which those that were not `given` are of a folder; return the exit status."""
        open_workspace().gate.refuse(dict(contents))  # before the first is written
        reports = []
        plans = []
        replaced = False
        last: Any = None
        for file, content in contents:
            workspace = open_workspace()
            imported = imports.import_text(
                workspace,
                content,
                file,
                branch=self.branch,
                zone=self.zone,
                keep_encoding=self.keep_encoding,
                dry_run=self.dry_run,
                called=self.name,
                after=last,
                is_named=file in given,
            )
            plans.append(imported.plan)
            replaced = replaced or imported.kept is not None  # a log that was kept by hand
            if file not in given:  # the files of a folder are one thread
                made = [*filter(None, [last]), *(entry.anchor for entry in imported.plan.entries)]
                last = max(made, key=lambda anchor: anchor.created, default=None)
            reports.append(_plan_json(file, imported.repairs, imported.plan))
            self._print(workspace, file, imported)
        if self.as_json:
            print_json(reports)
        lost = sum(entry.anchor.branch is None for plan in plans for entry in plan.added)
        if lost and self.branch is None:
            _hint_at_branch(lost, dry_run=self.dry_run)
        return 0 if any(plan.entries for plan in plans) or replaced else 1

    def _print(self, workspace: Workspace, file: str, imported: Imported) -> None:
        if not self.as_json:
            for line in _report(file, imported, _PLANNED if self.dry_run else _DONE):
                terminal.out(line)
        print_troubles(imported.written)
        if imported.plan.in_conflict:
            _hint(workspace, file)
        if imported.headings is not None:
            _hint_at_words(file, imported.headings)


def _in_folders(files: Sequence[str]) -> Iterator[str]:
    """Yield files, and of each folder the notes in it, in the order of their names."""
    for file in files:
        if file != "-" and Path(file).is_dir():
            found = sorted(path for ending in ENDINGS for path in Path(file).glob(f"*{ending}"))
            notes = [path for path in found if path.is_file() and not path.is_symlink()]
            for path in found:
                if path not in notes:
                    terminal.warning(f"{path} is left out, as it is no regular file")
            if not notes:
                raise NotFound(f"no {', '.join(ENDINGS)} file in the folder '{file}'")
            yield from map(str, notes)
        else:
            yield file


def _hint_at_words(file: str, headings: Sequence[str]) -> None:
    """Print what can be done about a text in which nothing was found."""
    if not headings:
        terminal.hint(f"{file} has neither 'Resume from anchor: NAME' nor headings")
        return
    shown = ", ".join(headings[:_SHOWN])
    more = f" and {len(headings) - _SHOWN} more" if len(headings) > _SHOWN else ""
    terminal.hint(f"the headings of {file} are not those of a note for the next session: {shown}{more}")
    terminal.hint(
        f"'labels:' in {SETTINGS} says what a heading means, as in 'labels: {{Plan: next_action}}'"
    )


def _hint_at_branch(count: int, *, dry_run: bool) -> None:
    """Print what follows from anchors that are on no branch, as their text names none."""
    which = counted(count, "anchor")
    if dry_run:
        terminal.hint(f"no branch is named for {which}; '--branch BRANCH' puts them on one")
    else:
        are = "is" if count == 1 else "are"
        terminal.hint(f"{which} {are} on no branch; 'git anchor resume' offers the newest on any branch")


def _hint(workspace: Workspace, file: str) -> None:
    """Print what can be done about a conflict."""
    if Path(file).resolve() == (workspace.repository.root / workspace.log.path).resolve():
        terminal.hint('Use "git anchor absorb --ours" to keep the text of the anchor files,')
        terminal.hint('or "git anchor absorb --theirs" to take the text of the log.')
    else:
        terminal.hint('Use "git anchor edit" to put what you want to keep into the anchor.')


def _discover(branch: str | None, *, yes: bool, dry_run: bool, as_json: bool) -> int:
    """Show the notes of the repository, and import them once that is agreed to."""
    from gitanchor.operations import discover

    found = discover.notes(open_workspace(), branch)
    if as_json:
        print_json(
            [
                {
                    "file": note.path,
                    "versions": note.versions,
                    "new": note.new,
                    "anchors": [_planned_json(anchor) for anchor in note.anchors],
                }
                for note in found
            ]
        )
    for note in found if not as_json else ():
        versions = f" in {counted(note.versions, 'version')}" if note.versions else ""
        terminal.out(f"{note.path}: {counted(len(note.anchors), 'anchor')}{versions}, {note.new} new")
    new = [note for note in found if note.new]
    if not new:
        terminal.note("no new anchor in any note or log of this repository")
        return 0 if found else 1
    if dry_run:
        return 0
    if not yes:
        files = counted(len(new), "file")
        if not terminal.is_interactive():
            terminal.hint("'git anchor import --discover --yes' imports them")
            return 1
        if not click.confirm(f"Import the new anchors of {files}?", default=True, err=True):
            raise NotFound("nothing was imported")
    for note in new:
        added = discover.take_in(open_workspace(), note, branch)
        terminal.note(f"{note.path}: {counted(added, 'anchor')} added")
    return 0


def _import_history(
    path: str, all_branches: bool, branch: str | None, keep_encoding: bool, dry_run: bool, as_json: bool
) -> int:
    workspace = open_workspace()
    plan, written = imports.import_history(
        workspace,
        workspace.path_from_top(path),
        all_branches=all_branches,
        branch=branch,
        keep_encoding=keep_encoding,
        dry_run=dry_run,
        is_named=True,
    )
    words = _PLANNED if dry_run else _DONE
    if as_json:
        print_json(
            {
                "file": path,
                "versions": plan.versions,
                "entries": [
                    {
                        "action": item.action,
                        "first": str(item.first),
                        "last": str(item.last),
                        "line": item.line,
                        "remarks": list(item.remarks),
                        "anchor": _planned_json(item.anchor),
                    }
                    for item in plan.entries
                ],
                "remarks": list(plan.remarks),
            }
        )
    else:
        for item in plan.entries:
            terminal.out(f"{item.last}:{item.line}: {words[item.action]} {_summary(item.anchor)}")
            terminal.out(f"    first in {item.first}; bound to {item.anchor.place}")
            for remark in item.remarks:
                terminal.out(f"    {remark}")
        for remark in plan.remarks:
            terminal.out(f"{path}: {remark}")
        versions = counted(plan.versions, "version")
        terminal.out(f"{path}: {_counted(plan.entries, words)} in {versions}")
    print_troubles(written)
    return 0 if plan.entries else 1


def _import_chats(path: str, branch: str | None, zone: str | None, dry_run: bool, as_json: bool) -> int:
    plan, written = imports.import_chats(
        open_workspace(), Path(path), branch=branch, zone=zone, dry_run=dry_run
    )
    words = _PLANNED if dry_run else _DONE
    if as_json:
        report = _plan_json(path, (), plan)
        for shown in (*report["entries"], *report["remarks"]):
            number = shown.get("line", shown.get("first"))
            shown["place"] = plan.places.get(number)
        print_json([report])
    else:
        for entry in plan.entries:
            place = plan.places.get(entry.line, path)
            terminal.out(f"{place}: {words[entry.action]} {_summary(entry.anchor)}")
        for remark in plan.remarks:
            place = plan.places.get(remark.first, path)
            terminal.out(f"{place}: {remark.kind}: {remark.message}")
        terminal.out(f"{path}: {_counted(plan.entries, words)}")
    print_troubles(written)
    return 0 if plan.entries else 1


def _counted(entries: Sequence[Any], words: dict[str, str]) -> str:
    """Return how many anchors were found, and what became of them."""
    counts = dict.fromkeys(words.values(), 0)
    for entry in entries:
        counts[words[entry.action]] += 1
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"{counted(len(entries), 'anchor')} found: {told}"


def _report(file: str, imported: Imported, words: dict[str, str]) -> Iterator[str]:
    """Yield what an import found, repaired, guessed and left out, in the order of the lines."""
    plan = imported.plan
    for repair in imported.repairs:
        yield f"{file}: {repair}"
    lines = [
        (entry.line, f"{file}:{entry.line}: {words[entry.action]} {_summary(entry.anchor)}")
        for entry in plan.entries
    ]
    rules = [remark.first for remark in plan.remarks if _is_rule(remark)]
    for remark in plan.remarks:
        if not _is_rule(remark):
            span = f"{remark.first}-{remark.last}" if remark.last > remark.first else remark.first
            lines.append((remark.first, f"{file}:{span}: {remark.kind}: {remark.message}"))
    yield from (line for _, line in sorted(lines, key=lambda pair: pair[0]))
    if rules:
        which = "line" if len(rules) == 1 else "lines"
        yield f"{file}: layout: rules in {which} {', '.join(map(str, rules))}"
    if imported.kept:
        yield f"{file}: replaced by the generated log; the text as it was is kept in {imported.kept}"
    yield f"{file}: {_counted(plan.entries, words)}"


def _is_rule(remark: Any) -> bool:
    """Whether a remark is about a line that only separates others, of which there may be many."""
    return bool(remark.kind == "layout" and remark.message.startswith(("a rule", "wraps")))


def _summary(anchor: Any) -> str:
    branch = f" on {anchor.branch}" if anchor.branch else ""
    return f"{anchor.id} {git_date(anchor.created)}{branch} {anchor.name}"


def _planned_json(anchor: Any) -> dict[str, Any]:
    return json_of(StoredAnchor(anchor, f"{FOLDER}/{anchor.path}"))


def _plan_json(file: str, repairs: Sequence[str], plan: Any) -> dict[str, Any]:
    return {
        "file": file,
        "repairs": list(repairs),
        "entries": [
            {"line": entry.line, "action": entry.action, "anchor": _planned_json(entry.anchor)}
            for entry in plan.entries
        ],
        "remarks": [
            {"first": item.first, "last": item.last, "kind": item.kind, "message": item.message}
            for item in plan.remarks
        ],
    }
