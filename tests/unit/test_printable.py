"""Texts of people who write otherwise than in plain Latin letters."""

import pytest

from backend.core.printable import is_printable, printable
from backend.datasets.splits import check_names


@pytest.mark.parametrize(
    "text", ["🐈‍⬛ 🏳️‍🌈", "می‌خواهم", "क्‍ष", "猫　犬", "a\u00a0b", "\u200fقطة", "<b>x</b>", "=1+1"]
)
def test_what_can_be_seen_names_a_class(text):
    assert is_printable(text)
    assert printable(text) == text
    check_names([text])


@pytest.mark.parametrize("char", ["\n", "\t", "\x00", "\x1b", "\x7f", "\u2028", "\u202e", "\ud800", "\ufeff"])
def test_what_nothing_is_seen_of_does_not(char):
    assert not is_printable(f"a{char}b")
    assert printable(f"a{char}b") == "ab"
