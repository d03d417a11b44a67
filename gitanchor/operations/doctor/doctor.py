"""`git anchor doctor`: the table of all checks, running them, and the safe repairs.

The checks are in `data_checks` (gitanchor's own data), `output_checks` (files beside the log) and
`setup_checks` (git, hooks, other tools).
They change nothing. Repairs of findings are run here, and all checks are run again after them.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gitanchor.model.errors import AnchorError
from gitanchor.operations.doctor import data_checks, output_checks, setup_checks
from gitanchor.operations.doctor.findings import ERROR, Check, Examination, Finding
from gitanchor.operations.workspace import Workspace

CHECKS: Final[Sequence[Check]] = (
    setup_checks.git_version,
    setup_checks.command,
    setup_checks.settings,
    data_checks.anchor_files,
    data_checks.copies,
    data_checks.file_names,
    data_checks.misplaced,
    data_checks.parents,
    data_checks.clock,
    data_checks.refs,
    data_checks.journal,
    data_checks.caches,
    data_checks.left_over,
    data_checks.forms,
    setup_checks.attributes,
    data_checks.hook_state,
    setup_checks.hook_answers,
    setup_checks.ignored,
    setup_checks.sparse,
    data_checks.log,
    output_checks.outputs,
    setup_checks.commit_graph,
    setup_checks.jujutsu,
    setup_checks.gui,
    setup_checks.web,
)
"""All checks, in the order of their findings. Repairs that others depend on come first."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The findings, the number of readable anchors, and the hooks that git was seen to run.

    `failures` has one sentence for each repair that failed.
    """

    findings: tuple[Finding, ...]
    anchors: int
    hooks: tuple[str, ...]
    failures: tuple[str, ...] = ()

    @property
    def wrong(self) -> list[Finding]:
        """Return the findings that are errors and were not repaired."""
        return [finding for finding in self.findings if finding.level == ERROR and not finding.fixed]


def examine(workspace: Workspace) -> Diagnosis:
    """Run all checks. Nothing is changed."""
    look = Examination(workspace)
    findings: list[Finding] = []
    for check in CHECKS:
        try:
            findings += check(look)
        except (AnchorError, OSError) as problem:
            doing = check.__name__.replace("_", " ")
            findings.append(
                Finding("check-failed", f"the check of {doing} could not be made: {problem}")
            )
    return Diagnosis(tuple(findings), len(look.files.anchors), tuple(look.proven))


def heal(workspace: Workspace) -> Diagnosis:
    """Run all checks, make the safe repairs, and check again. The caches are rebuilt."""
    before = examine(workspace)
    repairs = {finding.fix: finding for finding in before.findings if finding.fix is not None}
    failures = []
    try:
        workspace.state.drop_caches()
    except OSError as problem:
        failures.append(f"could not remove '{problem.filename}': {problem.strerror}")
    if not repairs:
        return dataclasses.replace(before, failures=tuple(failures))
    for finding in repairs.values():
        try:
            assert finding.repair is not None  # noqa: S101 - the table holds no others
            finding.repair()
        except (AnchorError, OSError) as problem:
            failures.append(f"could not {finding.fix}: {problem}")
    after = examine(Workspace.open(workspace.repository.root))
    left = {(finding.code, finding.path) for finding in after.findings}
    gone = [
        finding.after_repair()
        for finding in before.findings
        if finding.fix is not None and (finding.code, finding.path) not in left
    ]
    return Diagnosis((*gone, *after.findings), after.anchors, after.hooks, tuple(failures))
