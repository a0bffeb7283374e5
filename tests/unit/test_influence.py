"""Influence is the difference of two mean accuracies, found for the right pairs."""

import numpy as np
import pytest

from backend.statistics import influence


@pytest.mark.parametrize("chunk", [3, 1024])
def test_counts_and_order_agree_with_the_definition(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(influence, "CHUNK", chunk)
    rng = np.random.default_rng(0)
    masks, correct = rng.random((40, 10)) < 0.7, rng.random((40, 6)) < 0.5
    indices, k_in, k_out = influence.most_helped(masks, correct, partners=6)
    for i in range(10):
        mask = masks[:, i]
        values = correct[mask].mean(axis=0) - correct[~mask].mean(axis=0)
        assert sorted(indices[i]) == list(range(6))
        assert (np.diff(values[indices[i]]) <= 1e-6).all()
        assert k_in[i].tolist() == correct[mask].sum(axis=0)[indices[i]].tolist()
        assert k_out[i].tolist() == correct[~mask].sum(axis=0)[indices[i]].tolist()


def test_a_planted_pair_is_found() -> None:
    rng = np.random.default_rng(1)
    masks, correct = rng.random((100, 20)) < 0.7, rng.random((100, 30)) < 0.9
    correct[:, 17] = masks[:, 4]  # right exactly when model had example 4
    indices, k_in, k_out = influence.most_helped(masks, correct, partners=1)
    assert indices[4, 0] == 17
    assert k_in[4, 0] == masks[:, 4].sum()
    assert k_out[4, 0] == 0
