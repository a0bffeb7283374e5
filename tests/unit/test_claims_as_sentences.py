"""Every finding asks a question and states its rule, and whatever is measured answers."""

import ast

import pytest

from backend.core.contracts import ClaimVerdict
from backend.core.provenance import ROOT
from backend.studies import STUDIES
from tests.fake_study import STUDY as SKETCHES

PARTS = {
    f"{study.name}-{getattr(part, 'name', '')}": part
    for study in (*STUDIES.values(), SKETCHES)
    for part in (study, *study.labs)
}
LABS = [(study.name, lab) for study in (*STUDIES.values(), SKETCHES) for lab in study.labs]
FIELDS = ("verdict", "measured", "low", "high", "note", "answer")  # of a measurement, in their order
LONGEST = 80  # characters of a question, which leads a card


@pytest.mark.parametrize("name", PARTS)
def test_every_finding_asks_in_a_few_words_and_states_its_rule(name):
    for finding in PARTS[name].findings:
        assert finding.question.endswith("?"), finding.key
        assert len(finding.question) <= LONGEST, finding.key
        assert finding.rule.endswith("."), finding.key
        rule = finding.rule.lower()
        assert any(words in rule for words in ("holds", "that is so", "never judged")), finding.key


@pytest.mark.parametrize("study", STUDIES)
def test_every_measurement_is_made_with_an_answer(study):
    silent = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in (ROOT / "backend" / "studies" / study).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "Measurement"
        and len(call.args) < len(FIELDS)
        and "answer" not in {given.arg for given in call.keywords}
    ]
    assert silent == []


@pytest.mark.parametrize(("study", "lab"), LABS, ids=[f"{study}-{lab.name}" for study, lab in LABS])
def test_laboratories_answer_where_their_sliders_stand(study, lab):
    for claim in lab.claims(lab.found(lab.params())):
        assert bool(claim.answer) == (claim.verdict is not ClaimVerdict.NOT_RUN), (study, claim.key)
        assert not claim.answer.endswith("."), claim.key  # it ends a sentence that the page makes
