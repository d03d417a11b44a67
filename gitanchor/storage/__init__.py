"""The anchors and the state of a clone on disk: read safely, written whole or not at all.

`store.Store` is the folder `.anchors/`, `codec` its YAML, `journal` the copy that is made of each text
before a file changes. `atomic` writes every file, and `safe_open` opens every file of a repository.
`storage.index` is the cache of what the files say, `storage.secrets` the gate that no secret passes.

How a write stays safe
----------------------

A process may be killed at any point. `add` goes in this order:

1. It reads what it needs: anchors, HEAD, settings, author.
2. It writes the text of the anchor, reads it back, and goes on only if that gives the same anchor.
3. It puts a copy into the journal. That copy is on the disk (fsync of the file and of its folder)
   before anything else changes.
4. It writes the file: into a temporary file in the git directory, to the disk (fsync), then renamed to
   its place, and the folder to the disk. From now on the anchor is safe.
5. It makes `refs/anchors/<id>`.
6. It takes its turn at the worktree's log (below): it reads all anchors again, generates the log from
   them, puts it in place with one rename, and brings the hook's files up to date.

A kill before step 4 leaves no anchor, and nothing that git sees. A kill after it leaves a whole anchor.
The log may then lack its entry, until the next `add` or `git anchor render`: the log is always
generated from all anchors, never added to. No reader can see half a file.

Two processes that add at the same time write two files with different ids, and need no lock for that.
Only the log needs one, and there one process works for all that wait (`locks`). Who finds the lock
taken leaves a note, an empty file in `<git dir>/gitanchor/waiting/`, and waits. Who gets the lock reads
which notes are there, then all anchors, writes the log, and last removes the notes that it has read.
Who waits looks from time to time (every 10 ms at first, every 250 ms later) whether its note is gone,
and then has nothing left to do; or whether the lock is free. So of 64 processes that add at once, one
generates the log and the others find it done.

At the end the log is what a render of all anchors gives, whatever came in between:

- The logs are written one after the other, and each by a process that held the lock from before it read
  the anchors. So of any two, the later one was made of what was read later.
- Whoever changes an anchor takes a turn after that. Either it gets the lock, and reads its own change;
  or its note goes, and it goes only after another process has read the note, then the anchors, then
  written the log. The change is older than the note, so that this process has read it.
- Thus some log was made of anchors that were read after the last change, and so was each log after it.
- Who is killed, interrupted or refused while it holds the lock removes no note but its own. Those who
  wait then do the work themselves. A note that a killed process left is in nobody's way: the next turn
  removes it.

This is about anchors. Settings are read once by each process, so that a log whose path is changed
meanwhile is written by the next one.

Who waits for the lock for more than 10 seconds gives up with exit status 5; the anchor is written by
then.

Replacing or removing an anchor file is the other thing that may go wrong between two processes. `edit`,
`done` and `rm` read an anchor, and an editor may be open for an hour after that. So `writer` holds a
lock of its own (`replace.lock`) for the moment in which it reads the file once more and replaces it. If
the file says something else than what was read, nothing is written, the exit status is 5, and what a
person wrote is in the journal, for `git anchor recover`. `undo` compares under the same lock with what
it would undo. Comments may change meanwhile; they keep their bytes. `absorb` has a lock for all that it
does (`absorb.lock`), because an entry has to be taken in once; and what it may overwrite is only the
text of the log that it has read. The pre-commit hook holds that lock, too, where it absorbs.

Other programs hold no lock of ours. So the log is compared with what was read right before it is
replaced, and it is not replaced but exchanged (`renameat2(2)` on Linux): what stood there in that very
moment is compared, too. If an editor has saved it since, that goes to the journal and back into its
place, still the file that the editor has open, and the log is written anew from there: three times, and
then not. Elsewhere a second link to the old file shows what was saved into it; a save by a rename
between the last look and our own rename would be lost there.

An entry that no anchor file stands behind is treated as the work of a hand (`strays`), unless this
clone knows that its anchor was removed, and has the same text in the journal or in a commit. What an
anchor was made of by another program in another version may differ, so anchors are compared, and not
entries.

An interrupt (Ctrl-C) is one line and exit status 130, whatever it hits: `interrupts` is loaded before
anything that takes time. `atomic` removes its temporary file, a form of the editor is kept if something
was written into it, and while an editor runs, Ctrl-C is the editor's.

A text that is not even an anchor yet is safe as well. An answer from `-F` or `--paste` that becomes no
anchor goes into the journal, and the editor's form is a file of its own that is removed only after the
anchor was written.

`edit`, `done`, `rm`, `undo` and `import` work the same way. They put both what they replace and what
they write into the journal first (an `edit` and an `after` entry of one moment), and change only the
lines of the fields that they set.
"""
