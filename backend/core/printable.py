"""Which characters a text for people may have: those that are seen, and those that join or turn others."""

from unicodedata import category

# Controls, ends of lines, and what makes the rest of a line run the other way: with one, a name is read as
# another. For patterns, which JSON Schema has as well.
HIDING = "\\x00-\\x1f\\x7f\u2028-\u202e\u2066-\u2069\ufeff"

# Non-joiner and joiner, which Persian, Hindi and many an emoji are written with, and marks of direction.
_INVISIBLE = frozenset("\u200c\u200d\u200e\u200f")


def is_printable(text: str) -> bool:
    """Return whether it has neither control characters nor line ends, of which nothing would be seen."""
    return all(char.isprintable() or char in _INVISIBLE or category(char) == "Zs" for char in text)


def printable(text: str) -> str:
    """Return a text without the characters that nothing is seen of."""
    return "".join(char for char in text if is_printable(char))
