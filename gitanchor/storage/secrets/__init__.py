"""The gate for secrets: finding them in a text, and refusing what holds one before it is written.

`scanner.scan` finds them, by the vendors' `rules`, by the `names` that stand beside a value, and by
other `contexts`. `gate` is what writers call, and where a person can allow one.
"""
