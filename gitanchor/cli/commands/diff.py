"""`git anchor diff`: git's own diff, from an anchor to now."""

import click

from gitanchor.cli.options import TEXT, open_workspace
from gitanchor.operations import changes, choose


class _AsGiven(click.Command):
    """A command that also receives `--`, which click would remove."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            args = [*args[: args.index("--")], "--", *args[args.index("--") :]]
        return super().parse_args(ctx, args)


@click.command("diff", cls=_AsGiven, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=TEXT, metavar="[SELECTOR] [OPTIONS] [-- PATH...]")
def command(arguments: tuple[str, ...]) -> int:
    """Show what changed from an anchor's commit to the worktree, as git diff does.

    Without a SELECTOR it is the anchor that resume offers. Options and paths are those of
    git diff, such as --stat. What the anchor's commit has become since is taken for it. Anchors and
    the log are left out, unless paths are given. The exit status is 1 where --exit-code, --quiet or
    --check would have another than 0.
    """
    workspace = open_workspace()
    named = bool(arguments) and not arguments[0].startswith("-")
    stored = choose.chosen(workspace, arguments[0] if named else None)
    return changes.diff(workspace, stored, arguments[1:] if named else arguments)
