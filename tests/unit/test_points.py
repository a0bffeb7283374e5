"""Points as one short text: what is written is read again, and what cannot be read is named."""

from typing import Annotated

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from backend.studies.kit.labs import LabParams
from backend.studies.kit.points import FARTHEST, MOST, points_field, points_of, readable, written

number = st.integers(-100 * FARTHEST, 100 * FARTHEST).map(lambda hundredths: hundredths / 100)
some_points = st.lists(st.tuples(st.integers(0, 2), number, number), min_size=1, max_size=MOST)
checked = TypeAdapter(Annotated[str, readable(3, least=1)])


class Cloud(LabParams):
    points: Annotated[str, readable(2, least=2, most=3)] = points_field(
        "a1_0*b0_1",
        title="Points",
        description="Somewhere.",
        classes=("in", "out"),
        presets={"Zebra": "a1_1*b2_2", "Ape": "a0_0*b1_1"},
        least=2,
        most=3,
    )


@given(some_points)
def test_what_is_written_is_read_again(points):
    text = written(points)
    found = points_of(text)
    np.testing.assert_array_equal(found.classes, [of for of, _, _ in points])
    np.testing.assert_array_equal(found.at, [[x, y] for _, x, y in points])
    assert checked.validate_python(text) == text  # the shortest form is its own
    assert len(text) <= 20 * len(points)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("a0.50_1.500", "a0.5_1.5"),
        ("b-.5_.25", "b-0.5_0.25"),
        ("c-0.001_0", "c0_0"),
        ("a1.239_-0.994", "a1.24_-0.99"),
        ("a100_-100", "a100_-100"),
    ],
)
def test_it_is_put_into_its_shortest_form(text, short):
    assert checked.validate_python(text) == short


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a1_2*c", "point 2, 'c', cannot be read"),
        ("a1_2*a1,2", "point 2, 'a1,2', cannot be read"),
        ("1_2", "point 1, '1_2', cannot be read"),
        ("a1_2*", "point 2, '', cannot be read"),
        ("a1_nan", "point 1, 'a1_nan', cannot be read"),
        ("a1e3_2", "point 1, 'a1e3_2', cannot be read"),
        ("a1_2*a101_0", "point 2, 'a101_0', lies beyond 100"),
        ("a1_2*a0_-100.01", "point 2, 'a0_-100.01', lies beyond 100"),
        ("a1_2*d1_2", "point 2 is of no class: classes are a, b, c"),
        ("a1_2*z1_2", "point 2 is of no class"),
        ("", "there are 0 points, it takes 1 to 40"),
        ("*".join(["a1_2"] * 41), "there are 41 points, it takes 1 to 40"),
    ],
)
def test_what_cannot_be_read_is_named(text, why):
    with pytest.raises(ValidationError, match="Value error") as caught:
        checked.validate_python(text)
    assert why in str(caught.value)


def test_a_form_is_told_what_the_field_takes():
    field = Cloud.form_schema()["properties"]["points"]
    assert (field["type"], field["format"], field["default"]) == ("string", "points", "a1_0*b0_1")
    assert field["points"] == {
        "classes": ["in", "out"],
        "presets": [["Zebra", "a1_1*b2_2"], ["Ape", "a0_0*b1_1"]],  # pairs: JSON would sort an object
        "least": 2,
        "most": 3,
        "farthest": FARTHEST,
    }
    for text in ("a1_1", "a1_1*a1_1*a1_1*a1_1"):
        with pytest.raises(ValidationError, match="it takes 2 to 3"):
            Cloud(points=text)
