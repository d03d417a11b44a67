"""From the handoff notes that people keep in Markdown files to drafts: snapshots, and logs of sessions.

`reader.read` is the entry point. `outline` divides a document at its headings and labels, `banners`
knows those within rules, `dictionary` says what they mean in the languages of `labels.toml`. `kinds`
tells notes from other documents. `entry_heads` decides which headings start entries, `entry_names` what
the entries are called, `reader` which headings begin sections, and `pieces` puts their texts into
drafts, byte for byte. `front_matter` and `found_dates` find title and date. A document that is no such
note gives none.
"""
