"""What is wrong with a field is said in plain words, whatever is put into it."""

from typing import Any

import pytest
from pydantic import ValidationError

from backend.api.field_words import in_words
from backend.studies import STUDIES

WRONG: tuple[Any, ...] = (
    "soon",
    "",
    -1e9,
    1e9,
    20.5,
    float("inf"),
    None,
    True,
    {},
    [],
    ["x"] * 2000,
    "x" * 300,
)
VALIDATORS = ("Input", "should", "valid ", "parse", "Tuple", "validation", "Value error", "unable")


@pytest.mark.parametrize("study", STUDIES.values(), ids=lambda study: study.name)
def test_no_field_answers_in_the_validators_words(study):
    said = {}
    for name in study.params.model_fields:
        for value in WRONG:
            try:
                study.params.model_validate({name: value})
            except ValidationError as error:
                said |= {(entry["type"], in_words(entry)): (name, value) for entry in error.errors()}
    assert len(said) > 5
    for (kind, words), where in said.items():
        assert not any(word in words for word in VALIDATORS), (kind, words, where)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"models": 5}, "must be at least 10"),
        ({"models": 5000}, "must be at most 4,000"),
        ({"models": "soon"}, "must be a whole number"),
        ({"models": 20.5}, "must be a whole number"),
        ({"learning_rate": 0}, "must be more than 0"),
        ({"learning_rate": "x"}, "must be a number"),
        ({"flip": "maybe"}, "must be true or false"),
        ({"sizes": []}, "needs at least 1"),
        ({"dataset": ""}, "must not be empty"),
        ({"target": "q"}, "must be 'none', 'known' or 'settled'"),
        ({"sizes": [8, 4]}, "must be distinct and in ascending order"),
    ],
)
def test_words_tell_what_is_allowed(params, words):
    with pytest.raises(ValidationError) as caught:
        STUDIES["memorization"].params.model_validate(params)
    assert in_words(caught.value.errors()[0]) == words
