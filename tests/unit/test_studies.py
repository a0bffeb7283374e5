"""The registry: every study has its worker half, and says what a form and a figure need."""

import inspect
import json

import pytest

from backend.studies import STUDIES, get_study
from backend.studies.base import FigureView, Runner
from backend.studies.results import Results
from workers.studies import runner


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_its_runner(name):
    module = runner(name)
    assert module.__name__ == f"workers.studies.{name}"
    for function in ("run", "summarize"):
        expected = list(inspect.signature(getattr(Runner, function)).parameters)[1:]
        assert list(inspect.signature(getattr(module, function)).parameters) == expected


@pytest.mark.parametrize("name", STUDIES)
def test_every_parameter_can_be_put_into_a_form(name):
    schema = get_study(name).params.form_schema()
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


@pytest.mark.parametrize("name", STUDIES)
def test_presets_are_valid_and_quick_is_the_default(name):
    study = get_study(name)
    presets = {key: study.params.model_validate(dict(values)) for key, values in study.presets.items()}
    assert presets["quick"] == study.params()
    assert "paper" in presets


@pytest.mark.parametrize("name", STUDIES)
def test_every_figure_can_be_drawn_before_there_are_results(name):
    study = get_study(name)
    builders = study.figures(Results(), study.params(), FigureView())
    assert list(builders) == [info.name for info in study.figure_infos]
    for build in builders.values():
        json.loads(build().to_json())


@pytest.mark.parametrize("name", STUDIES)
def test_claims_without_results_are_not_run(name):
    study = get_study(name)
    claims = study.claims(Results(), study.params())
    assert {claim.verdict for claim in claims} == {"not run"}
    assert len({claim.key for claim in claims}) == len(claims)


def test_unknown_studies_have_neither_half():
    with pytest.raises(KeyError):
        get_study("nothing")
    with pytest.raises(KeyError):
        runner("nothing")
