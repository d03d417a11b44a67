"""The anchors of a worktree without reading every file: a cache in SQLite, and what is asked of it.

`index.load` brings the cache up to date and gives a `listing.Listing`; `selectors` finds the anchor
that a person names. The cache can be removed at any time: the files are what counts.

What a row is worth
-------------------

`<git dir>/gitanchor/index.sqlite3` holds, for each anchor file, its path, its signature and its fields
as JSON; beside these the facts that are asked of many anchors at once (id, time, name, branch, commit
and a digest), and all of its text as a search compares it. So the JSON of an anchor is taken apart only
when more of it is wanted, and `list -n 20` or `search` ask SQLite for what they show (`listing`). The
signature is what `stat()` says: size, times and inode. A row is believed if the signature is still the
same, and if the file had not just changed when it was read: within 0.1 s, or 2.1 s where file times are
of whole seconds (HFS+, FAT, some servers). Everything else is read from the file. A cache that is
damaged, locked, of another version or on a read-only disk is passed by; deleting it costs a moment, and
nothing else.

`list`, `search`, `render` and the hooks know of each file, but do not look at each: git does
(`tracked`). `git ls-files -s -v` names all that is tracked, and `git ls-files -m -o -d` the files that
are not as they are tracked, be they written in place. When a look at each file finds nothing that the
cache did not know, a digest of the former is remembered with the rows, and the latter as those that are
apart. As long as the digest is the same, a row is true unless its file is apart, or was; of these files
the signature decides. Each row that is written joins those that are apart. Where git was told not to
look at some files (`assume-unchanged`, a sparse checkout), or cannot say, each file is looked at. With
the same digest it is remembered that HEAD had the commits of all anchors: `list` need not ask for them
again while HEAD has that commit.

`resume`, `show`, `status` and `add`, which want more than the facts of but a few anchors, take a
glance: they look at the files of folders whose times have changed, and at those that they show. So what
an editor wrote in place into a file of another month is noticed by the former, and by the latter once
it is the file that they show.

Where git cannot say it, as after a commit of anchors, files are compared with the signatures of rows,
and what differs is read and put into the cache; the other rows are not read for that. Of more than
1,000 new files, none is held in memory: they are put into the cache part by part, while other processes
read on. Only a new cache of fewer files, and a store with a problem, are held as a whole. `list --json`
and `web` fetch the anchors a part at a time as well, and never hold all that they print.

Where 1,000 files or more are new to the cache, as in a fresh clone, processes that this one forks read
and parse them (`bulk`): as many as processors may be used, and 4 at most. They do so only on Linux and
where this process has one thread; elsewhere, and where one of them is killed, files are read here. They
end when this process does, and leave Ctrl-C to it. On a terminal `Reading anchors:` counts up after
half a second.

`<git common dir>/gitanchor/blobs.sqlite3` is the same for the anchor files of commits, which `--all`
reads: for each blob its id, the facts of its anchor, and its fields as JSON. A blob never changes, so a
row is always true. Blobs that no branch holds any more are dropped when others are added.
`branches.sqlite3` beside it remembers which anchors only branches have, and where, by a digest of all
branches with their commits and of the anchors of this worktree: as long as these are the same, no tree
is read. It is not asked where the clone has other worktrees, in which files count that no commit has,
nor written where anything could not be read.
"""
