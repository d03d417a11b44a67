"""The anchors and the state of a clone on disk: read safely, written whole or not at all.

`store.Store` is the folder `.anchors/`, `codec` its YAML, `journal` the copy that is made of each text
before a file changes. `atomic` writes every file, and `safe_open` opens every file of a repository.
`storage.index` is the cache of what the files say, `storage.secrets` the gate that no secret passes.
"""
