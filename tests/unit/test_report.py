"""The report as a document, and verdicts that changed."""

from typing import Any

import pytest

from backend.api.report import in_words
from backend.api.report_schemas import VerdictsOut
from backend.report.document import BEGIN, END, document, within
from backend.report.verdicts import Change, changes, untold, written


def claim(key: str, verdict: str, **more: Any) -> dict[str, Any]:
    made = {
        "key": key,
        "verdict": verdict,
        "question": "High?",
        "statement": "It is high.",
        "answer": "it is 3 m",
    }
    made |= {"paper_value": "2 | 3", "source": "p. 1", "measured": 3.0, "low": 2.0, "high": 4.0, "unit": "m"}
    return made | {"note": "", "arithmetic": False} | more


def report(*claims: dict[str, Any]) -> dict[str, Any]:
    paper = {
        "title": "On waves",
        "authors": "A. Author, B. Other",
        "year": 1900,
        "url": "https://example.org",
    }
    experiment = {"title": "Waves", "setting": "ours, reduced settings", "deviations": ["less water"]}
    study = {"name": "sketches", "title": "Waves", "question": "Why?", "paper": paper}
    counts = {"holds": 1, "differs": 2, "undecided": 3, "not_run": 4}
    study |= {"experiments": [experiment], "claims": list(claims), "counts": counts}
    return {"words": "All is well.", "studies": [study]}


def test_a_document_tells_its_verdicts_back() -> None:
    told = document(
        report(claim("a", "holds"), claim("b_2", "not run"), claim("c", "differs", arithmetic=True))
    )
    assert written(told) == {"sketches/a": "holds", "sketches/b_2": "not run", "sketches/c": "differs"}
    assert "| Author et al. 1900 | 1 | 2 | 3 | 4 |" in told
    assert "2 \\| 3 | 3 (2 to 4) m | p. 1 |" in told
    assert told.index("sketches/b_2") < told.index("Checks of arithmetic") < told.index("sketches/c")


def test_a_change_is_another_verdict_or_none() -> None:
    before = {"s/same": "holds", "s/other": "holds", "s/lost": "undecided"}
    after = {"s/same": "holds", "s/other": "differs", "s/new": "differs"}
    assert changes(before, after) == [
        Change("s/other", "holds", "differs"),
        Change("s/lost", "undecided", "gone"),
    ]
    assert changes({}, after) == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("- `s/a` differs since more is trained", True),
        ("- `s/a` holds", False),  # an earlier change
        ("- `s/ab` differs", False),
        ("differs\n`s/a`", False),
    ],
)
def test_a_change_is_told_by_a_line_with_claim_and_new_verdict(line: str, told: bool) -> None:
    found = [Change("s/a", "holds", "differs")]
    assert untold(found, f"# Findings\n{line}\n") == ([] if told else found)


def test_a_page_keeps_what_is_around_the_table() -> None:
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    assert within(page, "new") == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"
    with pytest.raises(ValueError, match="no place"):
        within("nothing", "new")


def test_counts_are_told_in_a_sentence() -> None:
    checks = VerdictsOut(holds=2, differs=0, undecided=0, not_run=5)
    counts = VerdictsOut(holds=61, differs=1, undecided=2, not_run=1)
    assert in_words(counts, checks) == (
        "Of 65 claims 61 hold, 1 differs, 2 are undecided, and 1 has not been run."
        " Apart from these, 2 of 2 checks of arithmetic hold."
    )
    nothing = VerdictsOut(holds=0, differs=0, undecided=0, not_run=4)
    assert in_words(nothing, nothing) == "None of 4 claims has been measured yet."
