"""From anchors to the text that people see: log entries, prompts, the web page, the drawn graph.

`log_entries` makes the entries of the generated log, `prompts` what is pasted into a chat,
`web_page` the page. `jinja_templates` holds the templates; a team's own ones need `trust`, and run
in a `sandbox`.
"""
