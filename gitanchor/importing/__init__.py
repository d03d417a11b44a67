"""From hand-kept logs, notes, their git history, chats' exports and agents' sessions to new anchors.

`import_plan` decides what would be added, and records what was guessed. `log_history` and `threads`
follow a log through its versions, `snapshot_history` a note; `chat_exports` and `conversation_tree` read
the exports of ChatGPT and Claude, `agent_sessions` the session files of coding agents. `known_files` has
the names of notes.
"""
