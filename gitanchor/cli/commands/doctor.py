"""`git anchor doctor`: find problems, and make the safe repairs."""

from collections import Counter
from collections.abc import Sequence

import click

from gitanchor.cli import terminal
from gitanchor.cli.options import JSON, open_workspace
from gitanchor.cli.views import print_json
from gitanchor.model import escaping
from gitanchor.model.wording import counted
from gitanchor.operations.doctor.doctor import Diagnosis, examine, heal
from gitanchor.operations.doctor.findings import Finding

_SHOWN = 10
"""How many findings of one kind are printed; --json has all."""


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Repair what can be repaired without losing anything.")
@JSON
def command(fix: bool, as_json: bool) -> int:
    """Check anchors, refs, log, journal, hooks, attributes and merge driver.

    Hooks and merge driver are not only read: git is made to run them, in a repository of its own
    that is thrown away. Fails if something is wrong, with --fix if something still is. Notes are
    about what puts itself right, or cannot be changed here.
    """
    workspace = open_workspace()
    diagnosis = heal(workspace) if fix else examine(workspace)
    for failure in diagnosis.failures:
        terminal.warning(failure)
    if as_json:
        print_json([finding.as_dict() for finding in diagnosis.findings])
    else:
        _print(diagnosis.findings)
        terminal.out(_verdict(diagnosis))
    return 1 if diagnosis.wrong else 0


def _print(findings: Sequence[Finding]) -> None:
    """Print a line for each finding, and another one if --fix helps."""
    seen: Counter[tuple[str, bool]] = Counter()
    totals = Counter((finding.code, finding.fixed) for finding in findings)
    for finding in findings:
        kind = (finding.code, finding.fixed)
        seen[kind] += 1
        if seen[kind] <= _SHOWN:
            _print_one(finding)
        if seen[kind] == totals[kind] > _SHOWN:
            terminal.out(f"… and {totals[kind] - _SHOWN} more: {finding.code}")


def _print_one(finding: Finding) -> None:
    where = f"{finding.path}: " if finding.path else ""
    level = "fixed" if finding.fixed else finding.level
    terminal.out(escaping.one_line(f"{level}: {finding.code}: {where}{finding.message}"))
    if finding.fix and not finding.fixed:
        terminal.out(f'  (use "git anchor doctor --fix" to {finding.fix})')


def _verdict(diagnosis: Diagnosis) -> str:
    """Return the last line: how many problems there are, or what was checked."""
    wrong, fixed = len(diagnosis.wrong), sum(finding.fixed for finding in diagnosis.findings)
    repaired = [f"{fixed} fixed"] if fixed else []
    if wrong:
        return ", ".join([counted(wrong, "problem"), *repaired])
    looked = [counted(diagnosis.anchors, "anchor")]
    looked += [f"{counted(len(diagnosis.hooks), 'hook')} answered"] if diagnosis.hooks else []
    return f"{', '.join(['No problems', *repaired])} ({', '.join(looked)})"
