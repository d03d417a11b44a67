"""From the text of a chat or a person to drafts of anchors, with an account of every line.

`parse.parse` is the entry point. It tries, in this order:

1. `log_format`: entries of the generated log, by their comments; `printed`: JSON and anchor files.
2. Of a chat's answer, `asked` and `clutter` first take out what is around it: the prompt that was
   copied along, closing remarks, marks of sources.
3. A text whose lines name anchors: `unwrap`, `headings`, `tables` and `yaml_json` convert other layouts
   to plain lines with labels, `entries` and `sections` divide these; `vocabulary` has the labels.
4. `documents`: a handoff note, which is read by its headings. An answer is read so as well, if that
   finds more in it.

Nothing here writes, or uses the repository.
"""
