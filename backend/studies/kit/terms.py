"""Terms of art that a study brings to the pages beside those that all share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A term in plain words, for someone of another field.

    `key` is its anchor in the glossary; `words` are what texts call it, in lower case; `source`: who says so.
    """

    key: str
    name: str
    words: tuple[str, ...]
    text: str
    source: str = ""
