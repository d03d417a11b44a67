"""`git-anchor merge-driver`: what git runs to merge an anchor file or the log. Not listed for people."""

from pathlib import Path

import click

from gitanchor.cli import terminal
from gitanchor.hooks import merge_driver

_LABELS = 3


@click.command(
    "merge-driver",
    hidden=True,
    # After the first argument, all are names, even a path such as '-log.md'.
    context_settings={"allow_interspersed_args": False},
)
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("ours", type=click.Path(path_type=Path))
@click.argument("theirs", type=click.Path(path_type=Path))
@click.argument("size", type=int, default=7)
@click.argument("path", default="")
@click.argument("labels", nargs=-1)
def command(base: Path, ours: Path, theirs: Path, size: int, path: str, labels: tuple[str, ...]) -> int:
    """Merge BASE, OURS and THEIRS into OURS, as gitattributes(5) has it. Fails on a conflict.

    SIZE is that of the markers, PATH that of the file in the worktree, and LABELS those of base, ours
    and theirs, which older versions of git do not tell.
    """
    told = len(labels) == _LABELS and not any(label.startswith("%") for label in labels)
    names = (labels[0], labels[1], labels[2]) if told and all(labels) else None
    clean = merge_driver.drive(base, ours, theirs, path, merge_driver.marks(Path.cwd(), size, names))
    if not clean:
        terminal.note(
            f"git anchor: {path}: both sides changed one section; choose between the conflict markers"
        )
    return 0 if clean else 1
