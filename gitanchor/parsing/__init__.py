"""From the text of a chat or a person to drafts of anchors, with an account of every line.

`parse.parse` is the way in. `unwrap`, `headings`, `tables` and `yaml_json` turn other layouts into
plain lines with labels, `entries` and `sections` divide these, `vocabulary` knows the labels.
`log_format` reads the comments of the generated log. Nothing here writes, or knows the repository.
"""
