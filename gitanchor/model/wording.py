"""Numbers and nouns as messages have them."""


def counted(number: int, noun: str) -> str:
    """`1 commit`, `2 commits`: a number and a noun whose plural ends in -s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
