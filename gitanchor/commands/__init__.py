"""The commands, one module each: options, one call to the tracker, and what is printed.

This module holds what several of them share.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gitanchor import escaping, files, marks, selectors, terminal
from gitanchor.anchor import TITLES, Anchor, git_date
from gitanchor.binding import Binding
from gitanchor.errors import GitFailed, NotFound, WrongUsage
from gitanchor.listing import Listing
from gitanchor.offer import Offer, origin
from gitanchor.places import Everywhere
from gitanchor.reader import Since
from gitanchor.store import FOLDER, StoredAnchor
from gitanchor.texts import section_texts
from gitanchor.tracker import Tracker
from gitanchor.wording import counted

if TYPE_CHECKING:
    from gitanchor.graph import Graph
    from gitanchor.provenance import Provenance
    from gitanchor.writing import Written


class Text(click.ParamType[str]):
    """Text from the command line, which is UTF-8 whatever the locale says."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The argument's bytes as UTF-8. Raises WrongUsage if they are none."""
        try:
            return os.fsencode(value).decode("utf-8")
        except UnicodeDecodeError:
            where = param.get_error_hint(ctx) if param and ctx else "an argument"
            raise WrongUsage(f"{where} is not UTF-8; nothing was written") from None
        except UnicodeEncodeError:
            return str(value)


class Count(click.ParamType[int]):
    """How many anchors at most."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Fails if it is none, or less than 0."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) < _LONGEST):
            self.fail(f"'{text}' is not a number; give 0 or more", param, ctx)
        return int(text)


_LONGEST: Final = 10
TEXT: Final = Text()
COUNT: Final = Count()
SELECTOR: Final = click.argument("selector", required=False, type=TEXT)
ALL: Final = click.option(
    "--all", "all_places", is_flag=True, help="Also those of other branches and worktrees."
)


_PIECE: Final = 100
"""Anchors that are printed at a time where they may be many."""


def _allow(ctx: click.Context, _: click.Parameter, value: tuple[str, ...]) -> None:
    ctx.meta[_ALLOWED] = value


_ALLOWED: Final = "gitanchor.allowed_secrets"
ALLOW_SECRET: Final = click.option(
    "--allow-secret",
    metavar="ID",
    type=TEXT,
    multiple=True,
    expose_value=False,
    callback=_allow,
    help="Let a finding pass that was taken for a secret; may be repeated.",
)
NO_TEMPLATE: Final = click.option(
    "--no-template", is_flag=True, help="Do without the team's own template (see template)."
)
JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/format.md).")


def open_tracker() -> Tracker:
    """The tracker of the current folder; warns if the environment named another repository."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        raise GitFailed("the current folder does not exist any more; change to another") from None
    tracker = Tracker.open(folder)
    tracker.allowed_secrets = click.get_current_context().meta.get(_ALLOWED, ())
    named = click.get_current_context().find_root().obj
    if named and Path(named).resolve() != tracker.repository.git_dir.resolve():
        terminal.warning(f"GIT_DIR ('{named}') is not used; this is '{tracker.repository.root}'")
    return tracker


def read_input(file: str, most: int | None = files.MOST, hint: str = "") -> bytes:
    """The bytes of a file that a person named, or of standard input for `-`. Raises WrongUsage.

    It may have so many bytes, or any number for None; `hint` says what to do if it has more.
    """
    try:
        return files.given(None if file == "-" else file, most)
    except files.Refused as problem:
        name = "standard input" if file == "-" else f"'{file}'"
        raise WrongUsage(f"{name} is {problem.strerror}{hint and f'; {hint}'}") from None
    except OSError as error:
        raise WrongUsage(f"cannot read '{file}': {error.strerror or error}") from None


def found_in(tracker: Tracker, all_places: bool, *, few: bool = False) -> "Everywhere":
    """The anchors of this worktree, or of all branches and worktrees; warns of what is lacking.

    `few` spares a look at each file, for whoever wants more than the facts of but a few of them.
    """
    if not all_places:
        return Everywhere(tracker.recent if few else tracker.listing)
    from gitanchor import everywhere  # and what it needs to read other branches

    found = everywhere.listing(tracker)
    if found.lacking:
        more = f" and {len(found.lacking) - 1} more" if len(found.lacking) > 1 else ""
        terminal.warning(f"this clone lacks {found.lacking[0]}{more}")
    return found


def select_anywhere(
    tracker: Tracker, selector: str | None, all_places: bool = False
) -> tuple[Everywhere, StoredAnchor]:
    """The anchor that a selector names, be it on another branch only, and what it was found among."""
    found = found_in(tracker, all_places, few=True)
    try:
        return found, tracker.chosen(selector, found.listing)
    except NotFound:
        if all_places or selector is None or "@" in selector:
            raise
    found = found_in(tracker, all_places=True)
    return found, tracker.select(selector, found.listing)


def offered_here(tracker: Tracker) -> Offer:
    """The anchor to go on from where one stands. Raises NotFound, which names one elsewhere."""
    offer = tracker.offer()
    if offer is None:
        raise tracker.nothing_offered(found_in(tracker, all_places=True).listing)
    return offer


def note_ahead(tracker: Tracker, offer: Offer | None) -> None:
    """Name, on a detached HEAD, the newest open anchor that lies ahead, and so is not offered."""
    if tracker.repository.head.branch is not None:
        return
    found = found_in(tracker, all_places=True)
    ahead = tracker.chooser(found.listing).ahead(found.places)
    if ahead is not None and (offer is None or ahead.facts.id != offer.stored.facts.id):
        terminal.hint(f"{ahead.facts.name} ({ahead.facts.id}) lies ahead of this HEAD, {origin(ahead)}")


def came_from(offer: Offer, since: Since) -> str:
    """Where an offered anchor came from, for people; empty if it is the branch's own."""
    ago = f", {counted(len(since.commits), 'commit')} ago" if since.commits is not None else ""
    return f"{offer.origin}{ago if offer.stored.facts.commit else ''}" if offer.origin else ""


def refuse_no_branch(tracker: Tracker, found: Everywhere, branch: str | None) -> None:
    """Raise NotFound if a branch that was asked for has no anchor, and is none."""
    if branch is None or found.listing.facts(branch, 1) or tracker.repository.head.branch == branch:
        return
    refs = [f"refs/{kind}/{branch}" for kind in ("heads", "remotes")]
    if not any(tracker.repository.ask("rev-parse", "--verify", "--quiet", ref) for ref in refs):
        raise NotFound(f"there is no branch '{branch}', and no anchor of one; see 'git branch --all'")


def json_in(found: "Everywhere", stored: StoredAnchor, all_places: bool) -> dict[str, Any]:
    """An anchor as JSON, and with `--all` where it lies."""
    places = {"places": list(found.places.get(stored.anchor.id, ()))} if all_places else {}
    return {**json_of(stored), **places}


def in_graph(graph: "Graph", anchor: Anchor, found: Everywhere | None) -> dict[str, Any]:
    """The place of an anchor in a graph as JSON, and with `--all` what it was `found` among."""
    return graph.as_dict(anchor, None if found is None else found.places.get(anchor.id, ()))


def report_problems(listing: Listing) -> int:
    """Name each anchor file that could not be read; the exit status that this makes of success."""
    _warn_of_copies(listing)
    for problem in listing.problems:
        terminal.note(f"error: {escaping.one_line(str(problem))}")
    return listing.problems[0].exit_code if listing.problems else 0


def warn_of_problems(listing: Listing) -> None:
    """Warn of anchor files that could not be read, where the one that was asked for could."""
    _warn_of_copies(listing)
    for problem in listing.problems:
        terminal.warning(str(problem))


def _warn_of_copies(listing: Listing) -> None:
    for copy in listing.copies:
        terminal.warning(str(copy))


def note_same_name(found: Everywhere, stored: StoredAnchor, selector: str | None) -> None:
    """Say so if others have the name by which an anchor was selected."""
    if selector != stored.anchor.name:
        return
    same = selectors.same_name(found.anchors, selector)
    if same > 1:
        terminal.note(f"{same} anchors are called '{selector}'; this is the newest")


def warn_of_left_out(tracker: Tracker) -> None:
    """Warn of anchors that a sparse checkout keeps out, and so are not among those that are here."""
    if left_out := tracker.repository.left_out(FOLDER):
        terminal.warning(
            f"a sparse checkout leaves out {counted(left_out, 'anchor file')};"
            f" 'git sparse-checkout add {FOLDER}' brings them"
        )


def worth_telling(binding: Binding, places: str) -> Binding | None:
    """A binding that says more than where the anchor lies, if that is told; else None."""
    told = binding.is_plain or (places and binding.state in {"ahead", "elsewhere"})
    return None if told else binding


def bound_json(binding: Binding, state: str) -> dict[str, Any]:
    """What is derived about an anchor from the repository and the other anchors, as JSON."""
    return {"binding": binding._asdict(), "state": state}


def provenance_json(came: "Provenance") -> dict[str, Any]:
    """Whether an anchor came from others, and by which commit of whom, as JSON."""
    entered = came.commit and {"commit": came.commit, "author": came.author}
    return {"untrusted": came.untrusted, "entered": entered}


def since_json(since: Since) -> dict[str, Any]:
    """Where an anchor's commit is now and what happened since, as JSON."""
    commits, drift = since.commits, since.drift
    touching = drift.touching
    return {
        "binding": since.binding._asdict(),
        "commits_since": None if commits is None else len(commits),
        "commits": None
        if commits is None
        else [{**commit._asdict(), "touches_named": commit.id in touching} for commit in commits],
        "authors": [{"name": name, "commits": count} for name, count in drift.authors],
        "files": [file._asdict() for file in drift.files],
        "staged": list(drift.staged),
        "unstaged": list(drift.unstaged),
        "upstream": drift.upstream and drift.upstream._asdict(),
        "branch_now": drift.branch,
        "gone": list(drift.gone),
        "seconds_since": int(since.passed.total_seconds()),
    }


def json_of(stored: StoredAnchor) -> dict[str, Any]:
    """An anchor as JSON: the fields of its file, then what is derived from them."""
    anchor = stored.anchor
    return {
        **anchor.as_dict(),
        "path": stored.path,
        "short_commit": anchor.short_commit,
        "milestone_items": [item._asdict() for item in marks.items(anchor.milestone)],
    }


def print_json(value: Any) -> None:
    """Print a value as indented JSON, in ASCII where the output's encoding is not UTF-8."""
    terminal.data(f"{_as_json(value)}\n")


def print_json_items(items: Iterable[Any]) -> None:
    """Print what `print_json` prints of a list, piece by piece, so that no more of it is ever held."""
    printed, pieces = 0, []
    for item in items:
        pieces.append(("[" if not printed else ",") + f"\n{_as_json(item)}".replace("\n", "\n  "))
        printed += 1
        if len(pieces) == _PIECE:
            terminal.data("".join(pieces))
            pieces.clear()
    terminal.data("".join([*pieces, "\n]\n" if printed else "[]\n"]))


def _as_json(value: Any) -> str:
    encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
    return json.dumps(value, indent=2, ensure_ascii=encoding != "utf8")


def print_written(written: "Written", parent: StoredAnchor | None = None) -> None:
    """Say which anchors were written where, and what did not work beside that.

    `parent` is what the first of them goes on from, where that is worth a line.
    """
    for stored in written.anchors:
        anchor = stored.anchor
        terminal.out(f"[{anchor.place} {anchor.id}] {anchor.name}")
        terminal.out(f" {stored.path}")
        if parent is not None and stored is written.anchors[0]:
            told = f"{parent.facts.name} ({parent.facts.id}), {origin(parent)}"
            terminal.out(f" parent: {escaping.one_line(told)}")
    print_troubles(written)


def print_troubles(written: "Written") -> None:
    """Warn of what did not work beside the writing. Raises what kept the log from being written."""
    for warning in written.warnings:
        terminal.warning(warning)
    if written.failure is not None:
        raise written.failure


def in_full(stored: StoredAnchor, binding: Binding | None = None, state: str = "") -> str:
    """An anchor for reading, laid out as `git log` lays out a commit."""
    anchor = stored.anchor
    dirty = ", with uncommitted changes" if anchor.dirty else ""
    lines = [
        terminal.highlighted(f"anchor {anchor.id}"),
        f"Name:   {anchor.name}",
        f"Author: {anchor.author}",
        f"Date:   {git_date(anchor.created)}{_written_as(anchor)}",
        f"Commit: {anchor.place}{dirty}{_bound(binding)}",
        f"Parent: {', '.join(anchor.parents) or 'none'}",
        f"Status: {state or anchor.status}",
        *(f"Closes: {condition}" for condition in anchor.done_when),
        f"Path:   {stored.path}",
    ]
    for name, text in section_texts(anchor).items():
        states = f" ({_states(text)})" if name == "milestone" and _states(text) else ""
        lines += ["", f"    {TITLES[name]}{states}:", *indented(text)]
    if anchor.outcome:
        lines += ["", "    Outcome:", *indented(anchor.outcome)]
    return "\n".join(lines) + "\n"


def _bound(binding: Binding | None) -> str:
    return "" if binding is None or binding.is_plain else f" ({binding.in_full})"


def indented(text: str, margin: str = "        ") -> Iterable[str]:
    """The lines of a text behind a margin."""
    return (f"{margin}{line}" if line else "" for line in text.split("\n"))


def _states(milestone: str) -> str:
    """How many items of a milestone are in which state, as far as they have a mark."""
    counts = Counter(item.state for item in marks.items(milestone) if item.state)
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def _written_as(anchor: Anchor) -> str:
    if anchor.written_time is None:
        return ""
    return f" (written as '{anchor.written_time}')" if anchor.written_time else " (guessed)"


def section_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that give an anchor's sections on the command line."""
    for option in reversed(
        (
            click.option("-c", "--context", type=TEXT, help="What the project is about right now."),
            click.option("-m", "--milestone", type=TEXT, help="What is done."),
            click.option("-n", "--next", "next_action", type=TEXT, help="The one next action."),
            click.option(
                "-d",
                "--dependency",
                "dependencies",
                type=TEXT,
                multiple=True,
                help="Something that the next action depends on; may be repeated.",
            ),
        )
    ):
        command = option(command)
    return command


def sections_given(sections: Mapping[str, Any]) -> bool:
    """Whether any of those options was given, be it with nothing."""
    return any(value is not None and value != () for value in sections.values())
