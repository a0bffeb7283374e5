"""Learning rates and evaluated epochs over a training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from backend.statistics.curves import evaluated_epochs
from workers.engine.run import Recipe
from workers.engine.schedule import Schedule, rate_factor


@pytest.mark.parametrize("epochs", [1, 2, 7, 40, 500])
def test_curves_have_few_points_and_both_ends(epochs):
    points = evaluated_epochs(epochs)
    assert (points[0], points[-1]) == (1, epochs)
    assert len(points) <= min(max(2, epochs / 2), 8)  # asking costs less than training
    assert list(points) == sorted(set(points))


def rates(schedule, steps, warmup=0):
    return [rate_factor(schedule, step, steps, warmup) for step in range(steps)]


def test_rates_follow_torch():
    def of_torch(make, steps=90):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
        scheduler = make(optimizer, steps)
        found = []
        for _ in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return found

    torch_rates = torch.optim.lr_scheduler
    cosine = of_torch(torch_rates.CosineAnnealingLR)
    assert rates(Schedule.COSINE, 90) == pytest.approx(cosine, abs=1e-12)
    one_cycle = of_torch(lambda o, n: torch_rates.OneCycleLR(o, 1.0, n, cycle_momentum=False))
    assert rates(Schedule.ONE_CYCLE, 90) == pytest.approx(one_cycle, abs=1e-12)
    fast = of_torch(lambda o, n: torch_rates.OneCycleLR(o, 1.0, n, pct_start=0.1, cycle_momentum=False))
    assert rates(Schedule.ONE_CYCLE, 90, warmup=9) == pytest.approx(fast, abs=1e-12)
    step = of_torch(lambda o, n: torch_rates.MultiStepLR(o, [40, 60, 80]))
    assert rates(Schedule.STEP, 90) == pytest.approx(step, abs=1e-12)


@pytest.mark.parametrize("schedule", Schedule)
def test_a_warm_up_rises_to_the_highest_rate_and_no_further(schedule):
    found = rates(schedule, 100, warmup=10)
    assert found[:10] == sorted(found[:10])
    assert found[0] < 0.1
    assert max(found) == pytest.approx(1)
    assert np.argmax(found) in (9, 10)
    assert set(rates(Schedule.CONSTANT, 5)) == {1.0}


@pytest.mark.parametrize(("step", "warmup"), [(-1, 0), (10, 0), (0, 10), (0, -1)])
def test_steps_beyond_the_training_are_refused(step, warmup):
    with pytest.raises(ValueError, match="below 10 steps"):
        rate_factor(Schedule.COSINE, step, 10, warmup)


def test_the_rate_decays_after_every_epoch_on_top_of_the_schedule():
    recipe = Recipe(epochs=5, batch_size=8, learning_rate=0.3, momentum=0.9, weight_decay=0.01, decay=0.7)
    for schedule in (Schedule.CONSTANT, Schedule.COSINE):
        found = [
            replace(recipe, schedule=schedule).update(epoch, batch, 4)
            for epoch in range(5)
            for batch in range(4)
        ]
        expected = [0.3 * rate * 0.7 ** (step // 4) for step, rate in enumerate(rates(schedule, 20))]
        assert [update.rate for update in found] == pytest.approx(expected, rel=1e-12)
        assert {(update.momentum, update.weight_decay) for update in found} == {(0.9, 0.01)}
