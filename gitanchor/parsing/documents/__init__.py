"""From the handoff notes that people keep in Markdown files to drafts: snapshots, and logs of sessions.

`reader.read` is the entry point. `outline` divides a document at its headings and labels, `dictionary`
says what these mean in the languages of `labels.toml`, `reader` decides which of them start entries and
sections, `entry_names` what the entries are called, and `pieces` puts their texts into drafts, byte for
byte. `front_matter` and `found_dates` find title and date. A document that is no such note gives none.
"""
