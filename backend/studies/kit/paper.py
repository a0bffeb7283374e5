"""The paper that a study reproduces, and how it is cited."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Paper:
    """A paper: first made public in `year`, then in the journal or proceedings `venue`, in `published`.

    `appeared` is the venue as people read it, with its number or a second place; `venue` if it is empty.
    """

    title: str
    authors: tuple[str, ...]
    year: int
    venue: str
    url: str
    kind: Literal["article", "inproceedings"] = "inproceedings"
    published: int | None = None  # `year` if absent
    appeared: str = ""

    @property
    def key(self) -> str:
        """The key of its BibTeX entry: first author's last name, year, first long word of the title."""
        word = next(word for word in re.findall(r"\w+", self.title.lower()) if len(word) > 3)
        return f"{_plain(self.authors[0].split()[-1]).lower()}{self.published or self.year}{word}"

    @property
    def bibtex(self) -> str:
        """The entry for a bibliography."""
        within = "journal" if self.kind == "article" else "booktitle"
        fields = {
            "title": self.title,
            "author": " and ".join(map(_last_name_first, self.authors)),
            within: self.venue,
            "year": str(self.published or self.year),
            "url": self.url,
        }
        lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
        return f"@{self.kind}{{{self.key},\n{lines}\n}}"


def _last_name_first(author: str) -> str:
    first, _, last = author.rpartition(" ")
    return f"{last}, {first}"


def _plain(name: str) -> str:
    """Return a name in letters that every BibTeX takes."""
    letters = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())
