"""Studies as they are found: each has its worker half, and says what a form and a figure need."""

import ast
import contextlib
import inspect
import json

import pytest
from pydantic import ValidationError

from backend.api.views import HistogramQuery
from backend.core.provenance import ROOT
from backend.export.score_table import score_columns
from backend.studies import STUDIES, get_study, starter
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Runner
from tests.unit.test_score_table import random_table
from workers.studies import runner

QUEUED = [name for name, study in STUDIES.items() if study.plan is not None]


@pytest.mark.parametrize("name", QUEUED)
def test_every_study_that_is_queued_has_its_runner(name):
    module = runner(name)
    assert module.__name__ == f"workers.studies.{name}"
    for function in ("run", "summarize"):
        expected = list(inspect.signature(getattr(Runner, function)).parameters)[1:]
        assert list(inspect.signature(getattr(module, function)).parameters) == expected


def forms():
    """Return every model that becomes a form: parameters and laboratories."""
    for name, study in STUDIES.items():
        yield pytest.param(study.params, id=name)
        for lab in study.labs:
            yield pytest.param(lab.params, id=f"{name}-{lab.name}")


@pytest.mark.parametrize("model", list(forms()))
def test_every_parameter_can_be_put_into_a_form(model):
    schema = model.form_schema()
    assert schema["additionalProperties"] is False
    assert "$ref" not in json.dumps(schema)
    for field in schema["properties"].values():
        assert "default" in field
        if "const" in field or field.get("type") == "null" or field.get("maxItems") == 0:
            continue  # nobody is asked
        assert field["title"]
        assert field["description"]
        choices = field.get("anyOf", [field])
        limits = {"enum", "maximum", "exclusiveMaximum", "maxItems", "maxLength"}
        assert all(limits & choice.keys() or choice["type"] in ("boolean", "null") for choice in choices), (
            field
        )


def ends(field):
    """Yield the outermost values of a form's field, one by one."""
    for choice in field.get("anyOf", [field]):
        yield from choice.get("enum", [])
        yield from (choice[limit] for limit in ("minimum", "maximum") if limit in choice)
        yield from ([value] for value in (ends(choice["items"]) if "items" in choice else ()))


def positions(model):
    """Yield parameters with one field at one of its ends, where that is allowed."""
    for name, field in model.form_schema()["properties"].items():
        for value in ends(field):
            with contextlib.suppress(ValidationError):
                yield model.model_validate({name: value})


@pytest.mark.parametrize("model", list(forms()))
def test_what_is_accepted_can_be_read_again_from_where_it_is_stored(model):
    for params in positions(model):
        assert model.model_validate(params.model_dump(mode="json")) == params


@pytest.mark.parametrize(
    "lab", [pytest.param(lab, id=lab.name) for study in STUDIES.values() for lab in study.labs]
)
def test_laboratories_have_an_answer_at_every_end_of_every_slider(lab):
    for params in positions(lab.params):
        claims = lab.claims(lab.found(params))
        assert all(claim.answer or claim.note for claim in claims), params


@pytest.mark.parametrize("name", QUEUED)
def test_presets_are_valid_and_quick_is_the_default(name):
    study = get_study(name)
    presets = {key: study.params.model_validate(dict(values)) for key, values in study.presets.items()}
    assert presets["quick"] == study.params()
    assert "paper" in presets


@pytest.mark.parametrize("name", STUDIES)
def test_the_papers_own_setting_is_no_departure(name):
    study = get_study(name)
    assert study.departures.of_setting(study.departures.paper) == ()


@pytest.mark.parametrize("name", STUDIES)
def test_every_figure_can_be_drawn_before_there_are_results(name):
    study = get_study(name)
    found = study.found(study.params(), Results())
    for figure in study.figures:
        json.loads(figure.drawn(found).to_json())


@pytest.mark.parametrize("name", [name for name, study in STUDIES.items() if study.columns])
def test_no_column_is_called_as_what_all_files_of_scores_have(name):
    scores = random_table().scores
    documented = {
        "size",
        "example",
        "name",
        "label",
        "flipped",
        "trajectory",
        "label_name",
        "sizes",
        "labels",
        "cprox",
    }
    taken = documented | set(score_columns(scores))
    assert not taken & {column.key for column in get_study(name).columns}


@pytest.mark.parametrize("name", STUDIES)
def test_claims_without_results_are_not_run(name):
    study = get_study(name)
    claims = study.claims(study.found(study.params(), Results()))
    assert {claim.verdict for claim in claims} <= {"not run"}
    assert len({claim.key for claim in claims}) == len(claims)


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_knows_the_kit_and_no_other_study(name):
    shared = {"kit", "scored", name}
    for half in ("backend", "workers"):
        for path in (ROOT / half / "studies" / name).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                module = (getattr(node, "module", None) or "").split(".")
                if isinstance(node, ast.ImportFrom) and module[1:2] == ["studies"]:
                    assert set(module[2:3]) <= shared, path


def test_what_holds_by_proof_is_told_apart_from_what_papers_found():
    checks = {
        (name, finding.key)
        for name, study in STUDIES.items()
        for part in (study, *study.labs)
        for finding in part.findings
        if finding.arithmetic
    }
    assert {("memorization", "identity"), ("randomization", "eigenvalue")} <= checks
    assert ("memorization", "bimodal") not in checks
    claims = STUDIES["memorization"].claims(
        STUDIES["memorization"].found(STUDIES["memorization"].params(), Results())
    )
    assert [claim.key for claim in claims if claim.arithmetic] == ["identity"]


def test_exactly_one_study_is_for_newcomers_and_it_comes_first():
    assert [study.starter for study in STUDIES.values()] == [True] + [False] * (len(STUDIES) - 1)
    assert starter() is next(iter(STUDIES.values()))


def test_no_figure_without_scores_has_a_control_that_the_page_takes_for_its_own():
    taken = {*HistogramQuery.model_fields, "tab", "published", "stack", "scale"}
    for name, study in STUDIES.items():
        if study.scores is None:  # such a control would neither be shown nor sent
            assert not taken & set(study.controls()), name


def test_unknown_studies_have_neither_half():
    with pytest.raises(KeyError):
        get_study("nothing")
    with pytest.raises(KeyError):
        runner("nothing")
