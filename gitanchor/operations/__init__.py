"""What the commands do, one function or method a verb, with no options and no output.

`tracker.Tracker` is the facade and the Python API; `reader.Reader` is its reading half. Verbs with a
life of their own have a module: `absorb`, `imports`, `recovery`, `resolve`, `initialize`, `everywhere`.
"""
