"""From hand-kept logs, their git history and chats' data exports to anchors that can be added.

`import_plan` decides what would be added, and records what was guessed. `log_history` and `threads`
follow a log through its versions; `chat_exports` and `conversation_tree` read the exports of ChatGPT
and Claude.
"""
