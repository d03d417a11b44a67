"""`git anchor scan`: look for secrets in anchors, the log, or any files."""

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import ALLOW_SECRET, open_workspace, read_input
from gitanchor.model.wording import counted
from gitanchor.storage import safe_open
from gitanchor.storage.secrets.gate import Gate
from gitanchor.storage.store import FOLDER

_ADVICE = "take it out, and make the secret worthless where it is valid; --allow-secret ID lets it pass"


@click.command("scan")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@ALLOW_SECRET
def command(files: tuple[str, ...]) -> None:
    """Look for secrets in the anchors of this worktree and its log, or in files.

    Each is named by its place, masked. What --allow-secret lets pass, passes in this clone from
    then on. As a file, - is standard input.
    """
    workspace = open_workspace()
    texts: dict[str, str | bytes] = {}
    if files:
        texts.update({file: read_input(file, safe_open.MOST_OF_LOG) for file in files})
    else:
        root = workspace.repository.root
        workspace.store.check_folder()
        for path in sorted((root / FOLDER).rglob("*")):
            if path.is_file() and not path.is_symlink():
                name = path.relative_to(root).as_posix()
                texts[name] = workspace.store.read_bytes(name)
        log = workspace.log.read()
        texts.update(log.pages if log else {})
    Gate(workspace.state, workspace.allowed_secrets).refuse(texts, _ADVICE)
    terminal.out(f"no secret in {counted(len(texts), 'file')}")
