"""Terms of art: each is told apart from all others, and is used where its study speaks."""

import re
from typing import Any

import pytest

from backend.core.provenance import ROOT
from backend.studies import STUDIES
from backend.studies.kit.study import Study

SHARED = (ROOT / "frontend" / "js" / "terms.js").read_text(encoding="utf-8")


def spoken(study: Study[Any, Any]) -> str:
    """Return all that pages say in the words of a study, in lower case."""
    words = [study.title, study.question, study.summary]
    words += [text for figure in study.figures for text in (figure.title, figure.description)]
    words += [text for lab in study.labs for text in (lab.title, lab.description)]
    words += [finding.statement for finding in study.findings]
    return " ".join(words).lower()


@pytest.mark.parametrize("study", [study for study in STUDIES.values() if study.terms], ids=lambda s: s.name)
def test_every_term_of_a_study_is_used_in_it(study: Study[Any, Any]) -> None:
    said = spoken(study)
    unused = [
        term.key
        for term in study.terms
        if not any(re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", said) for words in term.words)
    ]
    assert unused == []
    assert all(words == words.lower() for term in study.terms for words in term.words)


def test_no_two_terms_share_a_key_or_words() -> None:
    keys = re.findall(r'^    key: "(\w+)",$', SHARED, re.M)
    words = re.findall(r'"([^"]+)"', " ".join(re.findall(r"^    words: \[(.*)\],$", SHARED, re.M)))
    assert len(keys) > 20
    for study in STUDIES.values():
        keys += [term.key for term in study.terms]
        words += [each for term in study.terms for each in term.words]
    assert len(set(keys)) == len(keys)
    assert len(set(words)) == len(words)
