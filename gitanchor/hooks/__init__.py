"""Git's hooks and the merge driver: putting them in and out, and the state that they read.

`installer` puts the hooks of the folder `hooks/` beside those of other programs, `merge_driver` is what
git runs for anchor files and the log, and `reminder` writes what the shell hooks read without Python.

Why the hooks start no process
------------------------------

The post-commit hook runs at each commit, and most commits need no reminder. So it is POSIX sh, and
decides by files that `git anchor` writes below `<git common dir>/gitanchor/`:

- `remind`: both thresholds; the path of the log
- `heads/<branch>~`: what `offer` chose for the branch: id, commit, seconds since the epoch, name, an
  empty line, where it came from unless it is the branch's own; the number of anchor files and the last
  three of them, with a `!` after those that are not open; HEAD's commit, unless it is the branch's own
- `count/<branch>~`: the commits since, in the first line
- `here`, in `<git dir>/gitanchor/`: the same as in `heads` for a branch that is made at HEAD

A hook never names an anchor that `git anchor resume` would not. It names one only if the anchor files
are those that it was chosen among (a glob, no process), and its file still says that it is open. An
anchor that is not the branch's own was chosen for what HEAD contained; so after a merge, a rewrite, a
cherry-pick or a reset, the hooks that git runs write `stale` into that file, and post-checkout asks git
whether anything but commits happened since. `stale` names no anchor until the next command that chooses
one (`add`, `done`, `status`, `resume` ...) has replaced it.

No branch can have a `~` in its name, so that no file is in the way of a branch's folder. The hook reads
`HEAD` itself, adds one to the count, and compares. Only if the count or the clock says that a reminder
is due, it asks git, once, what those commits were. Then it leaves out those that contain only anchors
and the log, and corrects the count. It asks git for settings only if one of their files is newer than
`remind`. Python never starts.

The pre-commit hook is sh as well. It asks git one question, and starts Python only if the commit
contains anchors or the log. Everything that Python prints, including a traceback or the shell's error
about a missing interpreter, is caught first: with status 0 or 10 it is passed on, else its last line
becomes the only warning.

The post-merge hook asks git whether the merge changed anchors or the log (`ORIG_HEAD..HEAD`), and only
then has Python compare the two. The post-checkout hook reads `heads/<branch>~`, and looks into the
reflog only if there is something to say. The prepare-commit-msg hook keeps what git said of
`anchor.trailer` in `trailer` beside the other files, until one of git's settings files is newer; each
write by `git anchor` removes it.

The post-rewrite hook starts nothing at all: it appends its input from git to `<git common
dir>/gitanchor/rewritten`.

A block of ours is recognized by its two marks, in any version. In a script of others it is a subshell
right after the first line. In a file that ended without a line break, the block ends without one, too,
which shows how to remove it again. `managers` describes where other managers of hooks leave room.

The counts may be too high (after a rebase, for instance), but are corrected by asking git before
anything is printed. The post-commit hook writes nothing but these files, and always ends with
status 0.

A copy of each hook lies in `<git common dir>/gitanchor/hooks/`. Where git looks for hooks elsewhere
(`core.hooksPath`), nothing is touched, and people are given a line that runs this copy.
"""
