"""Numbers with nouns, for messages."""


def counted(number: int, noun: str) -> str:
    """Return a number and its noun, whose plural ends in -s: `1 commit`, `2 commits`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
