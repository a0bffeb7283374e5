"""The record of an experiment: a command that asks for the same, and which seed determines what."""

import hashlib
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from backend.cli import app
from backend.client import Client
from backend.core.provenance import installation, shell_line
from backend.core.settings import get_settings
from backend.networks.ladders import Family
from backend.statistics.seeds import Purpose
from backend.studies import STUDIES
from backend.studies.memorization.params import MemorizationParams


class PostedError(Exception):
    """What the command line would have posted."""


@pytest.fixture(scope="module", autouse=True)
def _captured() -> Any:
    def post(_client: Client, _path: str, body: dict[str, Any]) -> None:
        raise PostedError(body)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "post", post)
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


def submitted(line: str) -> dict[str, Any]:
    """Run the line as a shell would, up to the request."""
    program, *words = shlex.split(line)
    assert program == "memoscope"
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, PostedError), result.output
    body: dict[str, Any] = result.exception.args[0]
    return body


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"sizes": [2, 16], "models": 20, "label_noise": 0.25, "nesterov": True},
        {"family": "resnet_depth", "precision": "bfloat16"},
        # The same sizes as those that perceptrons get by themselves: the line must say them all the same.
        {"family": "cnn_width", "sizes": list(MemorizationParams().sizes)},
        {"classes": ["2", "3"], "per_class": 10, "image_size": 7, "grayscale": True},
        {"noise": "class-dependent", "confusions": ['it\'s>"so"', "a b>$HOME"], "labels": "null"},
    ],
)
def test_the_shell_line_asks_for_the_same_parameters(params: dict[str, Any]) -> None:
    wanted = MemorizationParams.model_validate(params)
    body = submitted(shell_line("memorization", wanted))
    assert body["study"] == "memorization"
    assert MemorizationParams.model_validate(body["params"]) == wanted
    assert body["params"].keys() <= params.keys() | {"sizes"}, "defaults are left out"


@settings(max_examples=20, deadline=None)
@given(
    family=st.sampled_from(Family),
    label_file=st.none() | st.text(min_size=1, max_size=8),
    classes=st.lists(st.text(min_size=1, max_size=5), max_size=3),
    rate=st.floats(1e-9, 10),
)
def test_no_name_or_number_is_lost_on_the_way(
    family: Family, label_file: str | None, classes: list[str], rate: float
) -> None:
    wanted = MemorizationParams(family=family, labels=label_file, classes=classes, learning_rate=rate)
    body = submitted(shell_line("memorization", wanted))
    assert MemorizationParams.model_validate(body["params"]) == wanted


def test_the_lock_is_named_by_its_hash() -> None:
    lock = Path(__file__).parents[2] / "constraints.txt"
    assert installation()["lock"] == hashlib.sha256(lock.read_bytes()).hexdigest()[:16]


OTHERS: dict[str, set[Purpose]] = {  # what only other studies draw, of those that were looked through
    "randomization": set(),
    "memorization": {Purpose.RANDOM_SIGNS, Purpose.DIRECTION},
    "separable": {Purpose.RANDOM_SIGNS, Purpose.DIRECTION, Purpose.SUBSETS},
    # Draws starts of its own, and takes of a data set only which examples there are.
    "robustness_law": set(Purpose) - {Purpose.SUBSAMPLE, Purpose.LABEL_NOISE, Purpose.PIXELS, Purpose.SPLIT},
}
OF_DATA = {Purpose.SUBSAMPLE, Purpose.LABEL_NOISE, Purpose.PIXELS}  # what every study on images draws
FIRST_OWN = 100  # numbers of what a study alone draws


@pytest.mark.parametrize("name", STUDIES)
def test_every_draw_of_an_experiment_is_governed_by_one_seed(name: str) -> None:
    properties = STUDIES[name].params.form_schema()["properties"]
    governed = [extra for field in properties.values() for extra in field.get("governs", {}).items()]
    numbers = [number for _, number in governed]
    assert numbers
    assert len(set(numbers)) == len(numbers)
    if not STUDIES[name].on_images:
        return
    # An upload's own seed splits it, once.
    shared = {(name, number) for name, number in governed if number < FIRST_OWN}
    known = {purpose: (purpose.name.lower(), int(purpose)) for purpose in set(Purpose) - {Purpose.SPLIT}}
    assert {known[purpose] for purpose in OF_DATA} <= shared <= set(known.values())
    if name in OTHERS:
        assert shared == {told for purpose, told in known.items() if purpose not in OTHERS[name]}
