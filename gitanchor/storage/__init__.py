"""The anchors and the state of a clone on disk: read safely, written whole or not at all.

`store.Store` is the folder `.anchors/`, `codec` its YAML, and `journal` keeps a copy of each text before
a file changes. `atomic` writes every file, and `safe_open` opens every file of a repository.
`storage.index` caches the contents of the files, and `storage.secrets` refuses to write secrets.

How a write stays safe
----------------------

A process may be killed at any point. `add` does its steps in this order:

1. It reads what it needs: anchors, HEAD, settings, author.
2. It makes the text of the anchor, reads it back, and continues only if that gives the same anchor.
3. It puts a copy into the journal. That copy is on the disk (fsync of the file and of its folder)
   before anything else changes.
4. It writes the file: it writes and syncs (fsync) a temporary file in the git directory, renames it
   to its place, and syncs the folder. From now on the anchor is safe.
5. It makes `refs/anchors/<id>`.
6. It takes its turn at the worktree's log (below): it reads all anchors again, generates the log from
   them, puts it in place with one rename, and updates the hook's files.

A kill before step 4 leaves no anchor, and nothing that git sees. A kill after it leaves a whole anchor.
The log may then lack its entry, until the next `add` or `git anchor render`: the log is always
generated from all anchors, never added to. No reader can see half a file.

Two processes that add at the same time write two files with different ids, and need no lock for that.
Only the log needs one, and there one process works for all that wait (`locks`). A process that finds
the lock taken leaves a note, an empty file in `<git dir>/gitanchor/waiting/`, and waits. The process
that gets the lock lists the notes, reads all anchors, writes the log, and then removes the notes that
it listed. A waiting process checks from time to time (after 10 ms at first, 250 ms later) whether its
note is gone, which means that nothing is left to do, or whether the lock is free. So of 64 processes
that add at once, one generates the log and the others find it done.

In the end the log is what a render of all anchors gives, whatever the order of events:

- Logs are written one after the other, each by a process that held the lock since before it read the
  anchors. So of any two logs, the later one was made from anchors that were read later.
- A process that changes an anchor takes a turn after that. Either it gets the lock, and reads its own
  change; or its note is removed, which happens only after another process has listed the note, then
  read the anchors, then written the log. The change is older than the note, so that process read it.
- So some log was made from anchors that were read after the last change, and so was each log after it.
- A process that is killed, interrupted or refused while it holds the lock removes no note but its own.
  The waiting processes then do the work themselves. A note that a killed process left does no harm:
  the next turn removes it.

This holds for anchors. Each process reads the settings once, so if the path of the log is changed
meanwhile, the next process writes to the new path.

A process that waits for the lock for more than 10 seconds gives up with exit status 5; by then its
anchor is written.

Two processes may also replace or remove the same anchor file. `edit`, `done` and `rm` read an anchor,
and an editor may be open for an hour after that. So `writer` holds a lock of its own (`replace.lock`)
while it reads the file once more and replaces it. If the file no longer says what was read, nothing is
written, the exit status is 5, and what the person wrote is in the journal, for `git anchor recover`.
`undo` makes the same comparison with what it would undo, under the same lock. Comments may change
meanwhile; they keep their bytes. `absorb` holds a lock for all of its work (`absorb.lock`), because an
entry must be taken in only once, and it may overwrite only the text of the log that it has read. The
pre-commit hook also holds that lock while it absorbs.

Other programs do not take our locks. So the log is compared with what was read right before it is
replaced, and the replacement is an exchange (`renameat2(2)` on Linux), so that the file that was there
at that moment can be compared as well. If an editor has saved the log since it was read, the saved text
goes to the journal and its file back into place, the same file that the editor has open. Then the log
is written anew from that text, at most three times. On other systems a second link to the old file
shows what was saved into it; a save by a rename between the last comparison and our own rename would be
lost there.

A log entry without an anchor file counts as written by hand (`strays`), unless this clone knows that
its anchor was removed, and has the same text in the journal or in a commit. Another version of the
program may have generated a different entry from the same anchor, so anchors are compared, not entries.

An interrupt (Ctrl-C) at any point gives one line and exit status 130: `interrupts` is loaded before
anything that takes time. `atomic` removes its temporary file, the editor's form is kept if something
was written into it, and while an editor runs, Ctrl-C goes to the editor.

A text that is not an anchor yet is safe as well. An answer from `-F` or `--paste` that becomes no
anchor goes into the journal, and the editor's form is a file of its own that is removed only after the
anchor was written.

`edit`, `done`, `rm`, `undo` and `import` work the same way. They first put both the old and the new
text into the journal (an `edit` and an `after` entry of the same moment), and change only the lines of
the fields that they set.
"""
