"""The measurement that picks back end, models at once and lanes."""

import time
from dataclasses import dataclass, field

import torch

from workers.engine.choice import best_name, choose
from workers.models.mlp import MLPBuilder


def test_the_first_back_end_wins_unless_another_is_clearly_faster():
    assert best_name({"stacked": 1.0, "loop": 0.9}) == "stacked"
    assert best_name({"stacked": 1.0, "loop": 0.7}) == "loop"


@dataclass(frozen=True)
class Lasting:
    """A back end whose steps take that long, however many models they serve."""

    seconds: float
    tried: list = field(default_factory=list, compare=False)

    def __call__(self, generators, device, dtype):
        self.tried.append(len(generators))
        bank = MLPBuilder(64, (8,), 10)(generators, device, dtype)
        bank.step = lambda *_: time.sleep(self.seconds)
        return bank


def chosen(*back_ends, models=40, lanes=2):
    named = tuple((f"number {i}", back_end) for i, back_end in enumerate(back_ends))
    return choose(named, (16, 64), 10, models, lanes, torch.device("cpu"), torch.float32)


def test_where_steps_are_long_nothing_else_is_tried():
    first, second = Lasting(0.11), Lasting(0.12)
    found = chosen(first, second)
    assert (found.back_end, found.at_once, found.lanes) == ("number 0", 1, 2)
    assert (first.tried, second.tried) == ([1], [])


def test_where_steps_are_short_one_lane_takes_all_models():
    found = chosen(Lasting(1e-4))
    assert (found.at_once, found.lanes) == (40, 1)
    found = chosen(Lasting(5e-3))
    assert (found.at_once, found.lanes) == (20, 2)


def test_equal_questions_are_measured_once():
    back_end = Lasting(2e-3)
    found = chosen(back_end)
    asked = len(back_end.tried)
    assert chosen(back_end) is found
    assert len(back_end.tried) == asked


def test_a_clearly_faster_back_end_is_found():
    assert chosen(Lasting(9e-3), Lasting(6e-3)).back_end == "number 1"
