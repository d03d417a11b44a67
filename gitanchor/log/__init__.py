"""The generated log in the worktree: writing it without losing what a hand put into it.

`output_files`, `output_parts` and `output_merge` write, read and merge the files beside the log, each as
a log of one entry.

`log_file` writes and compares it. `splice` adds one entry, `log_merge` merges three versions, and
`foreign_text` names what no render wrote, so that nothing replaces it.

How hand edits are read
-----------------------

- Parse: `parsing.log_format` divides the lines into entries and what is between them; `scan` tells the
  `Kind` of each line there. `mending` puts both comments around each entry that lost one
  (`known_entries`), takes out those that were put into another one (`insertions`), restores what
  formatters and mail changed (`restoring`), and leaves out what only a render writes. `parsing.parse`
  reads the rest.
- Diff: `importing.import_plan` finds the anchor of each entry, and `hand_edits` merges an edited entry
  with it. What differs is a list of changes: an `Entry` with an `Action`, `Removed`, `Foreword`,
  `Dispute`. `formatters` tells what only looks different.
- Apply: `operations.absorb` writes that list, and then the log. A merge applies the lists of both sides.

How one entry is added
----------------------

`<git dir>/gitanchor/log-shows` records which anchors, by id and digest, the log has had since this
worktree last wrote it. If the log is still that file, by its signature, and anchors were only added
since, `add` renders the part down to the oldest new entry. It makes sure that the log begins with what
that part was before, and replaces it; the rest is copied without being parsed. Otherwise, and always
for `git anchor render`, the log is put together from all entries.
"""
