"""The checks of `git anchor doctor` on the files that are generated beside the log."""

from collections.abc import Iterator

from gitanchor.log import foreign_text
from gitanchor.log.output_files import Output
from gitanchor.model.errors import AnchorError, WrongUsage
from gitanchor.operations.doctor.findings import NOTE, Examination, Finding
from gitanchor.storage.index.listing import Listing, in_order


def outputs(look: Examination) -> Iterator[Finding]:
    """Find files beside the log that do not agree with the anchors."""
    if not look.complete or not look.in_use:
        return
    try:
        paths = look.workspace.settings.outputs
    except AnchorError:  # the check of the settings reports it
        return
    if not paths or not look.workspace.writes_log:
        return
    listing = Listing(in_order(look.files.anchors))
    files = look.workspace.outputs
    entry = files.entry(listing)
    for path in paths:
        try:
            output = files.of(path)
        except WrongUsage as problem:
            message = str(problem).removeprefix(f"{path}:")
            if foreign_text.FINISH in message:
                yield Finding("output-conflict", message, path)
            else:
                yield Finding("output-refused", message, path)
            continue
        if not output.is_current(entry):
            yield _stale(look, output, listing)


def _stale(look: Examination, output: Output, listing: Listing) -> Finding:
    """Return the finding for a file that is not what the anchors generate."""
    path, fix = output.path, f"regenerate {output.path}"
    work = next(look.workspace.outputs.work_in(output, listing), None)
    if work is not None:
        message = f"line {work.line}: {work.what}; 'git anchor absorb' takes it in"
        return Finding("output-edited", message, path)
    if output.parts.generated is None:
        message = "is not there yet, until the next anchor is written"
        return Finding("output-missing", message, path, fix, NOTE, repair=look.render)
    return Finding("output-differs", "is not what the anchors generate", path, fix, repair=look.render)
