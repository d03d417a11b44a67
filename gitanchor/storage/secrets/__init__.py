"""The gate for secrets: finding them in a text, and refusing what holds one before it is written.

`scanner.scan` finds them, by the vendors' `rules`, by the `names` beside a value, and by other
`contexts`. Writers call `gate`, which also lets pass what a person has allowed.
"""
