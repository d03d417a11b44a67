"""From anchors to the text that people see: log entries, prompts, the web page, the drawn graph.

`log_entries` makes the entries of the generated log, `request` and `resume_prompt` what is pasted into
a chat, `web_page` the page. `jinja_templates` holds the templates; a team's own ones need `trust`, and
run in a `sandbox`.

How text of others stays text
-----------------------------

`safe_markdown` says whether a section may stand in the log as it is. It looks for everything that may
be active in any reading of Markdown, because forges read it in different ways: where a fence may or may
not belong to a list, it follows both readings, and takes for code only what is code in each. It errs
only towards a fence. markdown-it does not decide here, so that the log does not depend on its version;
the tests use it to prove `safe_markdown`.

For the page, `safe_html` has markdown-it render HTML, in which the text's own HTML is escaped. Only
plain lines and lists of them, about half of all sections, are rendered by `safe_html` itself; tests
compare that with markdown-it's result. The template escapes everything else, and is rendered piece by
piece, as the anchors come.

A team's template is read once; the digest of its bytes is looked up in `<common
dir>/gitanchor/trusted-templates`, and these same bytes are rendered. `sandbox` starts a new Python
without an environment, and with only those site packages that it needs. The process limits its own
resources before it reads anything, loads jinja2, gives up opening files, and renders. If a team has no
template, `resume` and `request` only check that the file does not exist, and load none of this.

Entries that were rendered before
---------------------------------

`<git common dir>/gitanchor/cache.sqlite3` has entries and heads that were rendered (`render_cache`).
An entry is a pure function of its anchor, so that its key is the anchor's digest in the index: 160 bits,
because anchors come from anybody, and nobody should find two with one digest. The table belongs to one
renderer, which is identified by a digest of the modules and templates that decide the bytes
(`log_entries.fingerprint`), and by the versions of Python and jinja2; another renderer replaces it.
Each row has a checksum of renderer, key and text, and an entry has to begin with the comment of its
anchor. Rows that fail these checks are rendered again. `git anchor render --check` and `doctor` prove
the log, and so do not trust the cache: they render all entries, and replace the cached ones. So they
cost as much as a first render, and a render after them is right even if somebody wrote a false entry
with a right checksum. Entries of anchors that are gone are dropped when others are added, if they
outnumber those in use. Compiled templates are not cached: loading jinja2 takes 60 ms, compiling all
three takes 5 ms.
"""
