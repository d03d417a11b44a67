"""The anchors of a worktree without reading every file: a cache in SQLite, and what is asked of it.

`index.load` updates the cache and returns a `listing.Listing`. The cache can be removed at any time:
only the files are authoritative.

When a row is valid
-------------------

`<git dir>/gitanchor/index.sqlite3` has, for each anchor file, its path, its signature and its fields as
JSON; apart from these the facts that are needed of many anchors at once (id, time, name, branch, commit
and a digest), and all of its text in the form that a search compares. So the JSON of an anchor is parsed
only when more of it is needed, and `list -n 20` or `search` ask SQLite only for what they show
(`listing`). The signature is what `stat()` says: size, times and inode. A row is valid if the signature
is still the same, and if the file had not just changed when it was read: within 0.1 s, or 2.1 s where
file times are whole seconds (HFS+, FAT, some servers). Everything else is read from the file:
`standing` names the cases. A cache that is damaged, locked, of another version or on a read-only disk is
ignored; deleting it costs only the time to build it again.

`list`, `search`, `render` and the hooks have to notice a change of any file, but leave it to git to look
at each (`tracked`). `git ls-files -s -v` lists all tracked files, and `git ls-files -m -o -d` the files
that differ from what is tracked, also those that were written in place. When every file was checked and
the cache already had them all, a digest of the first list is stored with the rows, and the second list
as the files that are apart. As long as the digest is the same, a row is valid unless its file is or was
apart; for those files the signature decides. The file of each row that is written becomes apart. If git
was told not to look at some files (`assume-unchanged`, a sparse checkout), or cannot answer, every file
is checked. With the digest it is also stored that HEAD had the commits of all anchors: `list` need not
ask for them again while HEAD is that commit.

`resume`, `show`, `status` and `add`, which need more than the facts of only a few anchors, take a
glance: they check the files in folders whose times have changed, and the files that they show. So they
notice a file of another month that an editor wrote in place only when they show it.

If git cannot answer, as after a commit of anchors, files are compared with the signatures of rows, and
those that differ are read and put into the cache; the other rows are not read for that. If more than
1,000 files are new, they are not held in memory but put into the cache in parts, while other processes
read on. Only a new cache of fewer files, and a store with a problem, are held as a whole. `list --json`
and `web` also fetch the anchors in parts, and never hold all that they print.

If 1,000 files or more are new to the cache, as in a fresh clone, forked processes read and parse them
(`bulk`): one for each usable processor, and at most 4. This is done only on Linux and if this process
has one thread; otherwise, or if one of them is killed, this process reads the files. They end with this
process, and leave Ctrl-C to it. On a terminal `Reading anchors:` counts up after half a second.

`<git common dir>/gitanchor/cache.sqlite3` is the cache of the clone. Its table `anchor` has the anchor
files of commits, which `--all` reads: for each blob its id, the facts of its anchor, and its fields as
JSON. A blob never changes, so a row is always valid. Blobs that are on no branch any more are dropped
when others are added. The table `everywhere` stores which anchors are only on branches, and where, by a
digest of all branches with their commits and of the anchors of this worktree: as long as these are the
same, no tree is read. It is not used if the clone has other worktrees, where files count that no commit
has, nor written if anything could not be read. The table `rendered` has entries of the log; see
`rendering`.
"""
