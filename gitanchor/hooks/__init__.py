"""Git's hooks and the merge driver: putting them in and out, and the state that they read.

`installer` puts the hooks of the folder `hooks/` beside those of other programs, `merge_driver` is what
git runs for anchor files and the log, and `reminder` writes what the shell hooks read without Python.

Why the hooks start no process
------------------------------

The post-commit hook runs at each commit, and most commits deserve no reminder. So it is POSIX sh, and
decides with files that `git anchor` leaves below `<git common dir>/gitanchor/`:

- `remind`: both thresholds; the path of the log
- `heads/<branch>~`: what `offer` chose for the branch: id, commit, seconds since the epoch, name,
  nothing, where it came from unless it is the branch's own; the number of anchor files and the last
  three of them, with a `!` behind those that are not open; HEAD's commit, unless it is the branch's own
- `count/<branch>~`: the commits since, in the first line
- `here`, in `<git dir>/gitanchor/`: the same as in `heads` for a branch that is made where HEAD is

A hook never says what `git anchor resume` would not. It names an anchor only where the anchor files are
those that it was chosen among (a glob, no process), and its file still says that it is open. An anchor
that is not the branch's own was chosen for what HEAD contained; so a merge, a rewrite, a cherry-pick or
a reset makes the hooks that notice it write `stale` into that file, and post-checkout asks git whether
anything but commits came since. `stale` names no anchor until the next command that chooses one (`add`,
`done`, `status`, `resume` ...) has written it anew.

No branch can have a `~` in its name, so that no file is in the way of a branch's folder. The hook reads
`HEAD` itself, adds one to the count, and compares. Only when the count or the clock says that a
reminder is due does it ask git, once, what those commits were. Then it leaves out those that hold only
anchors and the log, and corrects the count. It asks git for settings only where one of their files is
newer than `remind`. Python never starts.

The pre-commit hook is sh as well. It asks git one question, and starts Python only if the commit holds
anchors or the log. Whatever Python prints, its shell's complaint about a missing interpreter or a
traceback included, is caught first: with status 0 or 10 it is passed on, else its last line becomes the
one warning.

The post-merge hook asks git whether the merge changed anchors or the log (`ORIG_HEAD..HEAD`), and only
then has Python compare the two. The post-checkout hook reads `heads/<branch>~`, and looks into the
reflog only if there is something to say. The prepare-commit-msg hook keeps what git said of
`anchor.trailer` in `trailer` beside the other files, until one of git's settings files is newer; each
write by `git anchor` removes it.

The post-rewrite hook starts nothing at all: it adds what git tells it to `<git common
dir>/gitanchor/rewritten`.

A block of ours is known by its two marks, in whatever version. In a script of others it is a subshell
right below the first line. A file that ended without a line break has the block end without one too, so
that it is known how to take it out again. Where other managers of hooks leave room, and where not, is
in `managers`.

The counts are a guess that may be too high (after a rebase, for instance), but asking git puts it right
before anything is said. The post-commit hook writes nothing but these files, and always ends with
status 0.

A copy of each hook lies in `<git common dir>/gitanchor/hooks/`. Where git looks for hooks elsewhere
(`core.hooksPath`), nothing is touched, and people are given a line that runs this copy.
"""
