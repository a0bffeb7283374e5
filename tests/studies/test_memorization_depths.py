"""Prediction depths of examples: what is summed over units and models, and the column that comes of it."""

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.errors import InvalidError
from backend.datasets.base import Shape
from backend.studies import get_study
from backend.studies.memorization.params import MemorizationParams
from tests.deployment import Deployment
from workers.studies.memorization.depths import depth_column, depth_deviations, with_depths

STUDY = get_study("memorization")


def unit(count, total, mean):
    return {"count": np.array(count), "total": np.array(total), "mean": np.array(mean)}


def test_units_add_up_in_whatever_order_they_come():
    first = unit([2, 1, 0], [4, 3, 0], [2.0, 2.5])
    second = unit([1, 2, 0], [0, 2, 0], [0.5, 1.5])
    kept = [
        with_depths(with_depths(None, {"first": a}, one), {"first": b}, other)
        for a, one, b, other in ((0, first, 5, second), (5, second, 0, first))
    ]
    for name in ("count", "total", "mean"):
        assert (kept[0][name] == kept[1][name]).all()
    assert kept[0]["mean"].tolist() == [2.0, 2.5, 0.5, 1.5]
    column = depth_column([kept[0], kept[0]])["prediction_depth"]
    np.testing.assert_allclose(column[0], [4 / 3, 5 / 3, np.nan])
    assert depth_column([kept[0], None]) == {}, "not before every size has models"
    ((_, row), (sd, models)) = next(iter(depth_deviations([None, kept[0]]).items()))
    assert (row, models) == (1, 4)
    assert sd == pytest.approx(np.std([2.0, 2.5, 0.5, 1.5], ddof=1))


def test_what_cannot_be_looked_into_is_refused_by_name():
    with pytest.raises(ValidationError, match="multiple of 5"):
        MemorizationParams(prediction_depth=7)
    large = Shape(n_train=10_001, n_test=10, classes=10, height=8, width=8, channels=1)
    with pytest.raises(InvalidError, match="prediction_depth: takes at most 10,000 training examples"):
        STUDY.plan.units(MemorizationParams(prediction_depth=5), large)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_experiment_tells_the_depth_of_every_example(deployment: Deployment) -> None:
    params = {"sizes": [4, 32], "models": 20, "epochs": 4, "prediction_depth": 10}
    experiment = deployment.submit(params=params)["id"]
    deployment.work(experiment)
    path = f"/api/experiments/{experiment}"
    page = deployment.get(f"{path}/examples?size=32&sort=-column:prediction_depth&limit=40")
    deep = [example["columns"]["prediction_depth"] for example in page["items"]]
    page = deployment.get(f"{path}/examples?size=32&sort=column:prediction_depth&limit=40")
    shallow = [example["columns"]["prediction_depth"] for example in page["items"]]
    assert 0 <= min(shallow) < max(deep) <= 2, "pixels, one hidden layer, the output"
    assert np.mean([example["memorization"] for example in page["items"]]) < 0.3, (
        "neighbors know the easy ones"
    )
    figure = deployment.get(f"{path}/figures/proxy_ranks?proxy=prediction_depth")
    assert "Prediction depth" in figure["layout"]["title"]["text"]
