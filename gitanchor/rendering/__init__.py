"""From anchors to the text that people see: log entries, prompts, the web page, the drawn graph.

`log_entries` makes the entries of the generated log, `request` and `resume_prompt` what is pasted into
a chat, `web_page` the page. `jinja_templates` holds the templates; a team's own ones need `trust`, and
run in a `sandbox`.

How text of others stays text
-----------------------------

`safe_markdown` says whether a section may stand in the log as it is. It asks for all that may be active
by any reading of Markdown, because forges read it in different ways: where a fence may or may not
belong to a list, it follows both readings, and believes only what is code in each. It may be wrong in
one direction only, towards a fence. markdown-it does not decide here, so that the log does not depend
on its version; the tests use it to prove `safe_markdown`.

In the page, `safe_html` has markdown-it make HTML without HTML of the text's own; but for plain lines
and lists of such, as about half of all sections are, whose HTML it writes itself, and tests hold it to
markdown-it's. The template escapes everything else, and is rendered piece by piece, as the anchors
come.

A team's template is read once; the digest of those bytes is looked up in `<common
dir>/gitanchor/trusted-templates`, and those bytes are rendered. `sandbox` starts Python anew, without
site packages but those it needs, and without environment. The process limits itself before it reads
anything, loads jinja2, gives up opening files, and renders. `resume` and `request` pay one look for the
file, and load none of this where it is not there.

Entries that were rendered before
---------------------------------

`<git common dir>/gitanchor/entries.sqlite3` keeps entries and heads that were rendered
(`render_cache`). An entry is a pure function of its anchor, so that its key is the anchor's digest in
the index: 160 bits, because anchors come from anybody, and nobody should find two with one digest. The
file is of one renderer, told by a digest of the content of the modules and templates that decide the
bytes (`log_entries.fingerprint`), and of the versions of Python and jinja2; another renderer makes it
anew. Each row has a checksum over renderer, key and text, and an entry has to begin with the comment of
its anchor. Whatever is not so is rendered. `git anchor render --check` and `doctor` are there to prove
the log, and believe none of it: they render all, and replace what is kept. So they cost what a first
render does, and a render after them is right even where somebody wrote a false entry with a right
checksum. Entries of anchors that are gone are dropped when others are added and they are more than
those in use. The compiled templates are not kept: loading jinja2 takes 60 ms, compiling all three takes
5.
"""
