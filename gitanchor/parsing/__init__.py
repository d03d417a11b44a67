"""From the text of a chat or a person to drafts of anchors, with an account of every line.

`parse.parse` is the entry point. `unwrap`, `headings`, `tables` and `yaml_json` convert other layouts to
plain lines with labels, `entries` and `sections` divide these, and `vocabulary` has the labels.
`log_format` reads the comments of the generated log. Nothing here writes, or uses the repository.
"""
