"""The randomization study's figures: they draw the right numbers, with whatever has been measured so far."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import erf

from backend.figures.style import COLORS, DATA_COLORS, NETWORK_COLORS, SERIES, TRAJECTORY_COLORS
from backend.networks.architectures import Architecture, title
from backend.studies.kit.found import Found
from backend.studies.randomization import paper
from backend.studies.randomization.conditions import (
    MODES,
    RANDOM_LABELS,
    SHUFFLED,
    TRUE,
    Condition,
    Regularizer,
)
from backend.studies.randomization.facts import (
    Bridge,
    Complexity,
    Descent,
    FiniteSample,
    Fit,
    Interpolation,
)
from backend.studies.randomization.facts import RandomizationFacts as Facts
from backend.studies.randomization.figures import FIGURES
from backend.studies.randomization.figures.fitting import preview
from backend.studies.randomization.params import Part, RandomizationParams
from backend.studies.randomization.plan import GAMMA

ONE, THREE = Architecture.MLP_1X512, Architecture.MLP_3X512
BY_NAME = {figure.name: figure for figure in FIGURES}
NAMES = list(BY_NAME)


def fit(
    architecture=ONE, condition=TRUE, run=0, *, at=4, epochs=None, test=0.8, regularizer=Regularizer.NONE
):
    """A network whose loss falls by a factor of 10 an epoch, and which is right on all from epoch `at` on."""
    epoch = np.arange((epochs or at) + 1)
    return Fit(
        architecture=architecture,
        regularizer=regularizer,
        pixels=condition.pixels,
        corruption=condition.corruption,
        run=run,
        steps_per_epoch=10,
        loss=(10.0**-epoch).tolist(),
        train=np.where(epoch < at, 0.1 + 0.9 * epoch / at, 1).tolist(),
        test=np.minimum(0.1 + (test - 0.1) * epoch / at, test).tolist(),
    )


def finite(n=6, positions=(0.1, 0.5, 0.7), position=0.5):
    """The network of Theorem 1 on projections 0, 1, ... with alternating labels."""
    z, y = np.arange(n, dtype=float), np.arange(n) % 2
    grid = np.linspace(0, n - 1, 4 * n)
    curves, errors, weights, conditions = [], [], [], []
    for place in positions:
        b = z - 1 + place
        matrix = np.maximum(z[:, None] - b, 0)
        w = np.linalg.solve(matrix, y)
        curves.append((np.maximum(grid[:, None] - b, 0) @ w).tolist())
        errors.append(float(np.abs(matrix @ w - y).max()))
        weights.append(float(np.abs(w).max()))
        conditions.append(float(np.linalg.cond(matrix)))
    asked = np.maximum(z[:, None] - (z - 1 + position), 0)
    return FiniteSample(
        n=n,
        d=3,
        weights=2 * n + 3,
        left_out=1,
        position=position,
        train_error=0.0,
        test_accuracy=0.25,
        positions=positions,
        error=errors,
        largest_weight=weights,
        smallest_eigenvalue=[1 - place for place in positions],
        condition=conditions,
        condition_examples=n,
        curve_x=grid.tolist(),
        curves=curves,
        points_x=z.tolist(),
        points_y=y.tolist(),
        matrix=asked.tolist(),
    )


def descent(start, norm):
    """SGD whose distance to its limit falls by a factor of 10 an epoch."""
    fall = (10.0 ** -np.arange(1, 5)).tolist()
    away = fall if start == "zero" else [0.5 + distance for distance in fall]
    return Descent(start, 20, 50, 3.0, (1, 2, 3, 4), away, fall, fall, [norm] * 4)


def kernels():
    """Kernel models: more examples and less corruption help, a wider kernel has a larger norm."""
    sweep = [
        Interpolation(n, GAMMA, 0.0, p, 0.0, 0.1 + 0.8 * p - n / 100_000, n / 50 * (1 + p), 400)
        for n in (500, 1000)
        for p in (0.0, 0.5, 1.0)
    ]
    widths = [Interpolation(1000, gamma, 0.0, 0.0, 0.0, 0.12, 30.0, 400) for gamma in (0.005, 0.1)]
    ridges = [Interpolation(1000, GAMMA, ridge, 0.0, 0.01, 0.07, 12.0, 400) for ridge in (0.1, 1.0)]
    return (*sweep, *widths, *ridges)


def bridge(corruption, changed, found, auroc):
    edges = np.linspace(-0.2, 1, 13)
    clean, corrupted = np.zeros(12, int), np.zeros(12, int)
    clean[2], corrupted[-1] = 100 - changed, changed
    return Bridge(
        corruption, 40, 100, changed, found, auroc, changed / 100, 1.0, 0.6,
        edges.tolist(), clean.tolist(), corrupted.tolist(),
    )  # fmt: skip


def everything():
    """Facts of every kind: two networks, two runs, corrupted labels take longer and cost accuracy."""
    conditions = [*MODES, *(Condition(corruption=p) for p in (0.2, 0.8))]
    fits = [
        fit(
            architecture,
            condition,
            run,
            at=4 + 2 * run + round(10 * condition.corruption) * (2 if architecture is THREE else 1),
            epochs=40 if condition == TRUE else None,
            test=0.8 - 0.7 * condition.corruption,
        )
        for architecture in (ONE, THREE)
        for condition in conditions
        for run in (0, 1)
    ]
    regularized = [
        fit(ONE, condition, regularizer=regularizer, test=0.85)
        for regularizer in (Regularizer.WEIGHT_DECAY, Regularizer.DROPOUT)
        for condition in (TRUE, RANDOM_LABELS)
    ]
    return Facts(
        n_train=100,
        n_test=400,
        classes=10,
        fits=(*fits, *regularized),
        finite_sample=(finite(),),
        descents=(descent("zero", 3.0), descent("elsewhere", 4.5)),
        interpolations=kernels(),
        complexities=tuple(
            Complexity(family, n, 10, values)
            for n, values in ((5, (1.0, 0.9)), (40, (0.4, 0.5)))
            for family in ("perceptron", "linear")
        ),
        bridges=(bridge(0.0, 0, 0, None), bridge(0.5, 40, 38, 0.97), bridge(0.2, 15, 15, 0.99)),
    )


def found(facts, reduction=1, classes=10):
    params = RandomizationParams(reduction=reduction)
    return Found(params, facts.model_copy(update={"classes": classes}))


def draw(name, facts=None, reduction=1, classes=10):
    return BY_NAME[name].drawn(found(facts or everything(), reduction, classes))


def traces(figure, name=None, **axes):
    """The traces that a table of the figure has, of that name and on those axes."""
    return [
        trace
        for trace in figure.data
        if trace.hoverinfo != "skip"
        and name in (None, trace.name)
        and all((trace[letter] or letter[0]) == value for letter, value in axes.items())
    ]


def summary(figure):
    return figure.layout.meta["summary"]


def fitted(facts, *fits):
    return facts.model_copy(update={"fits": fits})


def partial():
    """Facts at many moments before all is done."""
    whole = everything()
    for kind in ("fits", "finite_sample", "descents", "interpolations", "complexities", "bridges"):
        rows = getattr(whole, kind)
        yield f"only {kind}", Facts(classes=10, **{kind: rows})
        yield f"the first of {kind}", Facts(classes=10, **{kind: rows[:1]})
        yield f"the last of {kind}", Facts(classes=10, **{kind: rows[-1:]})
    yield (
        "no true labels",
        fitted(whole, *(f for f in whole.fits if f.corruption > 0)),
    )
    yield "one run", fitted(whole, *(f for f in whole.fits if f.run == 0))
    yield "uneven runs", fitted(whole, *whole.fits[3:])
    never = replace(fit(), train=[0.1, 0.5], loss=[2.0, 1.0], test=[0.1, 0.2])
    yield "never fit", fitted(whole, never, replace(never, corruption=1.0))
    yield (
        "before training",
        fitted(whole, replace(never, train=[0.1], loss=[2.3], test=[0.1])),
    )
    inf = float("inf")
    yield "diverged", fitted(whole, replace(never, loss=[2.3, inf]), *whole.fits)
    overflown = replace(
        finite(),
        error=(1e-9, 1.0, inf),
        largest_weight=(1.0, 2.0, inf),
        condition=(1.0, inf, inf),
        curves=[[0.0] * 24, [inf] * 24, [-inf] * 24],
    )
    yield "overflow", Facts(classes=10, finite_sample=(overflown,))
    yield (
        "every network",
        fitted(whole, *(fit(a, c) for a in Architecture for c in MODES)),
    )
    yield "nothing", Facts()


PARTIAL = dict(partial())


def refused(constant):
    raise AssertionError(f"{constant} is not JSON")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("moment", PARTIAL)
def test_figures_are_drawn_at_every_moment_and_say_what_they_show(name, moment):
    figure = draw(name, PARTIAL[moment], reduction=4)
    json.loads(figure.to_json(), parse_constant=refused)
    assert figure.layout.title.text
    assert figure.layout.uirevision
    assert summary(figure).endswith(".")
    assert "nan" not in summary(figure)
    assert "<" not in summary(figure)


def test_before_any_result_figures_say_so_and_the_papers_table_is_there():
    blank = {
        name for name in NAMES if draw(name, Facts(), classes=0).layout.title.text.startswith("No results")
    }
    assert blank == set(NAMES) - {"imagenet"}


def test_every_part_has_its_figures_under_a_heading():
    headings = {}
    for part in Part:
        shown = [figure for figure in FIGURES if figure.of(RandomizationParams(parts=(part,)))]
        (headings[part],) = {figure.section for figure in shown}
    assert len(set(headings.values())) == len(Part)
    assert all(headings.values())


def test_networks_and_kinds_of_data_have_colors_of_their_own():
    colors = [*COLORS.values(), *TRAJECTORY_COLORS.values(), *SERIES, *NETWORK_COLORS, *DATA_COLORS]
    assert len(set(colors)) == len(colors)
    assert (len(NETWORK_COLORS), len(DATA_COLORS)) == (len(Architecture), len(MODES))


# Networks fit anything


def test_curves_are_means_over_runs_that_keep_their_last_values():
    figure = draw("fitting", Facts(fits=(fit(at=2), fit(run=1, at=4))))
    (loss,), (train,) = traces(figure, "true labels", yaxis="y"), traces(figure, "true labels", yaxis="y2")
    assert list(loss.x) == [0, 10, 20, 30, 40]
    assert loss.y == pytest.approx([1, 0.1, 0.01, (0.01 + 0.001) / 2, (0.01 + 0.0001) / 2])
    assert train.y == pytest.approx([0.1, (0.55 + 0.325) / 2, (1 + 0.55) / 2, (1 + 0.775) / 2, 1])
    assert loss.customdata[3].tolist() == pytest.approx([0.001, 0.01, 2])
    assert loss.meta["columns"] == ["lowest", "highest", "runs"]
    assert figure.layout.yaxis.type == "log"
    assert "mean of 2 runs, bands: lowest to highest" in figure.layout.title.text
    assert summary(figure).startswith(
        "Steps until every training example is right, MLP 1 x 512: true labels 30."
    )


def test_marks_stand_where_the_loss_passes_and_where_all_are_right():
    figure = draw("fitting", Facts(fits=(fit(at=4), fit(condition=SHUFFLED, at=4))))
    levels = traces(figure, "shuffled pixels, passing a loss")[0]
    assert list(levels.x) == pytest.approx([10, 20])
    assert list(levels.y) == [0.1, 0.01]
    assert list(levels.marker.symbol) == ["circle", "diamond"]
    right = traces(figure, "shuffled pixels, every example right")[0]
    assert (list(right.x), list(right.y), right.yaxis) == ([40], [1], "y2")
    never = replace(fit(), loss=[2.0, 0.05], train=[0.1, 0.9])
    (only,) = traces(draw("fitting", Facts(fits=(never,))), "true labels, passing a loss")
    assert list(only.y) == [0.1]
    assert not traces(draw("fitting", Facts(fits=(never,))), "true labels, every example right")


def test_each_mode_is_once_in_the_legend_and_long_curves_are_thinned():
    figure = draw("fitting")
    listed = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert listed == [mode.name for mode in MODES]
    assert {trace.line.color for trace in traces(figure, "random labels")} == {
        DATA_COLORS[MODES.index(RANDOM_LABELS)]
    }
    long = traces(draw("fitting", Facts(fits=(fit(at=900),))), "true labels")[0]
    assert (len(long.x), long.x[0], long.x[-1]) == (200, 0, 9000)


def test_a_column_is_named_by_its_network_and_how_it_is_reduced():
    fits = tuple(fit(a, c) for a in Architecture for c in (TRUE, SHUFFLED))
    figure = draw("fitting", Facts(fits=fits), reduction=4)
    titles = [note.text for note in figure.layout.annotations]
    assert titles[0] == "<b>MLP 1 x 512</b>"
    assert titles[3] == "<b>Small Inception</b><br>width-reduced to 1/4"
    assert figure.layout.yaxis7.matches == "y6"
    assert figure.layout.xaxis2.matches == "x7"
    assert figure.layout.meta["least_width"] > 1000


def test_the_ends_of_a_dumbbell_are_train_and_test_accuracy():
    figure = draw(
        "fitting_test",
        Facts(fits=(fit(test=0.7), fit(run=1, test=0.8), fit(condition=RANDOM_LABELS, test=0.1))),
    )
    train, test = traces(figure)
    assert list(train.y) == list(test.y) == ["true labels", "random labels"]
    assert list(train.x) == [1, 1]
    assert test.x == pytest.approx([0.75, 0.1])
    assert test.customdata.tolist() == pytest.approx(np.array([[0.7, 0.8, 2], [0.1, 0.1, 1]]))
    (chance,) = figure.layout.shapes
    assert (chance.x0, chance.x1) == (0.1, 0.1)
    assert (
        "chance is 10.0%. MLP 1 x 512: true labels 100.0% and 75.0%, random labels 100.0% and 10.0%"
        in summary(figure)
    )


def test_the_card_shows_training_accuracy_of_each_kind_of_data():
    small = preview(found(everything()))
    assert small["kind"] == "lines"
    assert [line["name"] for line in small["lines"]] == [mode.name for mode in MODES]
    assert all(len(line["x"]) == len(line["y"]) <= 40 and line["y"][-1] == 1 for line in small["lines"])
    assert preview(found(Facts(bridges=(bridge(0.5, 40, 38, 0.9),)))) is None
    json.dumps(small)


# From true to random labels


def sweep(*steps, run=0):
    """Fits of one network at p = 0, 0.5 and 1 that take so many epochs."""
    return [
        fit(condition=Condition(corruption=p), run=run, at=at)
        for p, at in zip((0, 0.5, 1), steps, strict=True)
    ]


def test_times_to_overfit_are_relative_to_the_same_run_on_true_labels():
    figure = draw("overfit_time", Facts(fits=(*sweep(2, 4, 6), *sweep(4, 4, 20, run=1))))
    (ours,) = traces(figure, "MLP 1 x 512")
    assert list(ours.x) == [0, 0.5, 1]
    assert ours.y == pytest.approx([1, 1.5, 4])
    assert ours.error_y.array == pytest.approx([0, 0.5, 1])
    assert ours.error_y.arrayminus == pytest.approx([0, 0.5, 1])
    (theirs,) = traces(figure, "MLP 1 x 512, paper, CIFAR-10")
    assert list(theirs.x) == list(paper.CORRUPTIONS)
    assert list(theirs.y) == list(paper.OVERFIT_TIME[ONE])
    assert (theirs.line.dash, theirs.line.color) == ("dash", ours.line.color)
    assert "4.00 times as long at p = 1" in summary(figure)
    assert "The paper's on CIFAR-10 at p = 1: MLP 1 x 512 1.96." in summary(figure)


def test_runs_without_true_labels_have_no_ratio_and_those_that_never_fit_a_least_one():
    lost = replace(fit(condition=RANDOM_LABELS, run=1), train=[0.1] * 28 + [0.9])
    figure = draw(
        "overfit_time",
        Facts(fits=(*sweep(2, 4, 6), *sweep(4, 4, 8, run=1)[:1], lost, *sweep(1, 9, 9, run=2)[1:])),
    )
    (ours,) = traces(figure, "MLP 1 x 512")
    assert ours.y == pytest.approx([1, 2, 5])
    assert list(ours.marker.symbol) == ["circle", "circle", "triangle-up-open"]
    assert [row[0] for row in ours.customdata] == [2, 1, 2]
    assert "1 of 7 networks do not overfit: they take at least so long." in summary(figure)
    assert "takes at least 5.00 times as long at p = 1" in summary(figure)
    without = draw("overfit_time", Facts(fits=tuple(sweep(2, 4, 6)[1:])))
    assert without.layout.title.text == "No network has fit true labels yet"


def test_disguised_pixels_and_regularizers_stay_out_of_the_sweep():
    others = (
        fit(condition=SHUFFLED, at=30, test=0.2),
        fit(regularizer=Regularizer.WEIGHT_DECAY, at=9, test=0.9),
    )
    for name in ("overfit_time", "test_error"):
        plain, mixed = (draw(name, Facts(fits=(*sweep(2, 4, 6), *more))) for more in ((), others))
        assert plain.to_json() == mixed.to_json()


def test_the_test_error_stands_over_a_strip_of_training_accuracies():
    partly = replace(fit(condition=RANDOM_LABELS, test=0.1), train=[0.1, 0.9996])
    figure = draw("test_error", Facts(fits=(fit(test=0.8), partly)), classes=4)
    (ours,) = traces(figure, "MLP 1 x 512")
    assert ours.y == pytest.approx([0.2, 0.9])
    assert [row[1] for row in ours.customdata] == [1, 0.9996]
    assert ours.meta["columns"] == ["runs", "training accuracy"]
    (theirs,) = traces(figure, "MLP 1 x 512, paper, CIFAR-10")
    assert list(theirs.y) == list(paper.TEST_ERROR[ONE])
    assert figure.layout.shapes[0].y0 == 0.75
    strip = figure.data[-1]
    assert (list(strip.x), list(strip.text), strip.yaxis) == ([0, 1], ["100", "99.9"], "y2")
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    assert "training accuracy at least 100.0%" not in summary(figure)


# Explicit regularizers


def cell(figure, row, column):
    """The text and the numbers of one cell."""
    (grid,) = traces(figure)
    at = [*zip(grid.y, grid.x, strict=True)].index((row, column))
    return grid.text[at], dict(zip(grid.meta["columns"], grid.customdata[at], strict=True))


def test_our_accuracies_stand_beside_the_papers():
    fits = (
        fit(test=0.5),
        fit(run=1, test=0.6),
        fit(condition=RANDOM_LABELS, test=0.1),
        fit(regularizer=Regularizer.DROPOUT, test=0.7),
    )
    figure = draw("regularizers", Facts(fits=fits))
    text, numbers = cell(figure, "MLP 1 x 512, no regularizer", "true labels, ours")
    assert text == "100.00 / 55.00"
    assert (numbers["test accuracy, %"], numbers["runs"]) == (pytest.approx(55), 2)
    assert cell(figure, "MLP 1 x 512, no regularizer", "random labels, ours")[0] == "100.00 / 10.00"
    text, numbers = cell(figure, "MLP 1 x 512, no regularizer", "random labels, paper")
    assert text == "99.34 / 10.61"
    assert (numbers["training accuracy, %"], numbers["note"]) == (99.34, "Table 1")
    assert cell(figure, "MLP 1 x 512, dropout", "true labels, paper")[0] == "<i>not available</i>"
    assert cell(figure, "Small AlexNet, weight decay", "random labels, ours")[0] == "<i>not run</i>"
    assert (
        cell(figure, "Small AlexNet, weight decay", "random labels, paper")[0] == "<i>does not converge</i>"
    )
    assert cell(figure, "Small Inception, random crops", "random labels, paper")[0] == "99.93 / ? *"
    assert [note.text for note in figure.layout.annotations] == [f"<b>{title(a)}</b>" for a in Architecture]
    rows = set(traces(figure)[0].y)
    assert len(rows) == len({key[:2] for key in paper.CIFAR10} | {(ONE, Regularizer.DROPOUT)})
    assert "CIFAR-10" in figure.layout.title.text


def test_the_papers_imagenet_is_not_passed_off_as_ours():
    figure = draw("imagenet")
    (grid,) = traces(figure)
    assert {text for x, text in zip(grid.x, grid.text, strict=True) if x == "ours"} == {"<i>not run</i>"}
    row = "true labels, weight decay"
    assert cell(figure, row, "top-1 test, paper")[0] == "67.18 (72.57)"
    assert "not run" in figure.layout.title.text
    assert len(set(grid.y)) == len(paper.IMAGENET)


def test_early_stopping_shades_up_to_the_best_so_far():
    first = replace(fit(), test=[0.1, 0.6, 0.4])
    second = replace(fit(run=1), test=[0.1, 0.4, 0.8])
    figure = draw("early_stopping", Facts(fits=(first, second, fit(condition=RANDOM_LABELS))))
    shade, line = figure.data
    assert line.y == pytest.approx([0.1, 0.5, 0.6])
    assert list(shade.y) == pytest.approx([0.1, 0.5, 0.7, 0.6, 0.5, 0.1])
    assert line.customdata[:, 0] == pytest.approx([0.1, 0.5, 0.7])
    assert "ends at 60.0%, its best is 70.0%" in summary(figure)


def test_inception_with_and_without_batch_norm_share_a_panel():
    both = [Architecture.INCEPTION, Architecture.INCEPTION_PLAIN]
    figure = draw("early_stopping", Facts(fits=tuple(fit(a) for a in (ONE, *both))))
    assert len(figure.layout.annotations) == 2
    axes = {trace.name: trace.xaxis for trace in traces(figure)}
    assert [axes[title(a)] for a in both] == ["x2", "x2"]
    alone = draw("early_stopping", Facts(fits=(fit(Architecture.INCEPTION),)))
    assert "batch norm" not in alone.layout.annotations[0].text


# Theorem 1


def test_the_slider_begins_at_the_asked_position_and_shows_one_network_at_a_time():
    figure = draw("finite_sample")
    (slider,) = figure.layout.sliders
    assert [step.label for step in slider.steps] == ["0.1", "0.5", "0.7"]
    assert slider.active == 1
    assert [trace.visible for trace in figure.data] == [False, False, True, True, False, False, True]
    curve, thresholds, points = traces(figure)[2], traces(figure)[3], traces(figure)[-1]
    assert list(thresholds.x) == pytest.approx([0.5, 1.5, 2.5, 3.5, 4.5])
    assert np.interp(points.x, curve.x, curve.y) == pytest.approx(np.array(points.y), abs=0.5)
    style, layout = slider.steps[2].args
    assert style["visible"] == [False, False, False, False, True, True, True]
    assert "With thresholds at 0.7 of each gap" in layout["meta.summary"]
    assert layout["annotations"][0]["text"] != figure.layout.annotations[0].text
    assert "With thresholds at 0.5 of each gap" in summary(figure)
    assert "15 weights on 6 examples of 3 numbers" in summary(figure)


def test_the_matrix_is_drawn_below_its_diagonal():
    figure = draw("triangular")
    (matrix,) = traces(figure)
    z = np.array(matrix.z, float)
    assert np.isnan(z[np.triu_indices(6, 1)]).all()
    assert np.diag(z) == pytest.approx([0.5] * 6)
    assert "0 entries above the diagonal are not 0, and those on it are at least 0.5" in summary(figure)


def test_conditioning_has_a_panel_for_each_quantity_and_marks_the_asked_position():
    facts = Facts(finite_sample=(replace(finite(), error=(1e-9, 1e-8, 1e-3)),))
    figure = draw("conditioning", facts)
    errors, weights, conditions = traces(figure)
    assert list(errors.y) == [1e-9, 1e-8, 1e-3]
    assert list(weights.y) == list(facts.finite_sample[0].largest_weight)
    assert list(conditions.y) == list(facts.finite_sample[0].condition)
    uprights = [shape for shape in figure.layout.shapes if shape.x0 == shape.x1]
    assert [(line.x0, line.xref) for line in uprights] == [(0.5, "x"), (0.5, "x2"), (0.5, "x3")]
    assert figure.layout.shapes[-1].y0 == 1e-6
    assert "below one in a million up to position 0.5" in summary(figure)


# Linear and kernel models


def test_sgd_is_followed_to_the_least_norm_and_to_its_limit():
    figure = draw("minimum_norm")
    solid = [trace for trace in traces(figure) if trace.showlegend is not False]
    assert [trace.name for trace in solid] == [
        "from zero · norm 3, least 3",
        "from elsewhere · norm 4.5, least 3",
    ]
    assert solid[1].y[-1] == pytest.approx(0.5001)
    dashed = [trace for trace in traces(figure) if trace.line.dash == "dash"]
    assert [trace.y[-1] for trace in dashed] == pytest.approx([1e-4, 1e-4])
    assert figure.layout.yaxis.type == "log"


def test_kernel_models_have_a_line_for_each_corruption():
    figure = draw("kernel")
    errors, norms = traces(figure, "p = 0.5")
    assert (list(errors.x), list(norms.x)) == ([500, 1000], [500, 1000])
    assert list(errors.y) == pytest.approx([0.495, 0.49])
    assert list(norms.y) == pytest.approx([15, 30])
    assert [trace.y[0] for trace in traces(figure, "paper, MNIST, n = 60,000")] == [0.012, 220]
    few = everything().model_copy(update={"interpolations": tuple(m for m in kernels() if m.n < 1000)})
    assert not traces(draw("kernel", few), "paper, MNIST, n = 60,000")


def test_norms_are_held_against_errors_at_the_largest_number_of_true_labels():
    figure = draw("norms")
    (widths,), (ridges,), (theirs,) = (
        traces(figure, name) for name in ("widths of the kernel", "ridges", "paper")
    )
    assert [label.split(" ")[1] for label in widths.text] == ["0.005", "0.02", "0.1"]
    assert list(widths.x) == [30, 20, 30]
    assert list(ridges.text) == ["ridge 0.1", "ridge 1"]
    assert (list(theirs.x), list(theirs.y)) == ([220, 390], pytest.approx([0.012, 0.006]))
    assert "model of least norm (12," in summary(figure)


def test_the_table_of_kernels_says_whose_numbers_are_whose():
    figure = draw("kernel_table")
    assert cell(figure, "paper, MNIST, pixels", "norm")[0] == "220"
    assert cell(figure, "paper, CIFAR-10, pixels", "norm")[0] == "<i>not available</i>"
    assert (
        cell(figure, "ours, this experiment's data, pixels, 1,000 examples, no regularizer", "test error, %")[
            0
        ]
        == "9.00 %"
    )
    assert cell(figure, "ours, this experiment's data, pixels, 1,000 examples, ridge 0.1", "norm")[1] == {
        "value": 12
    }


# Rademacher complexity, and the bridge


def test_agreement_with_random_signs_stands_over_the_theory_of_linear_models():
    figure = draw("complexity")
    trained, least_squares, theory = traces(figure)
    assert trained.y == pytest.approx([0.95, 0.45])
    assert least_squares.error_y.array == pytest.approx([0.05, 0.05])
    assert (theory.x[0], theory.x[-1]) == (11, pytest.approx(40))
    assert theory.y[-1] == pytest.approx(erf(np.sqrt(10 / 60)))
    assert np.all(np.diff(theory.y) < 0)
    assert [trace.name for trace in (trained, least_squares)] == [
        "MLP 1 x 512, trained",
        "linear, least squares",
    ]
    assert "mean of 2 draws" in figure.layout.title.text
    assert [shape.y0 for shape in figure.layout.shapes] == [1]


def test_theory_tends_to_its_simpler_form():
    many = (Complexity("linear", 100_000, 50, (0.02,)),)
    theory = traces(draw("complexity", Facts(complexities=many)))[-1]
    assert theory.y[-1] == pytest.approx(np.sqrt(2 * 50 / (np.pi * 100_000)), rel=1e-3)


def test_a_histogram_for_each_corruption_has_changed_labels_on_top():
    figure = draw("bridge")
    assert figure.layout.barmode == "stack"
    headings = [re.sub("<[^>]*>", " ", note.text) for note in figure.layout.annotations]
    assert [text.split()[2] for text in headings] == ["0", "0.2", "0.5"]
    clean, changed = traces(figure, xaxis="x3")
    assert (clean.marker.color, changed.marker.color) == (COLORS["memorization"], COLORS["flipped"])
    assert (clean.y.sum(), changed.y.sum()) == (pytest.approx(0.6), pytest.approx(0.4))
    assert clean.x[0] == pytest.approx(-0.15)


def test_changed_labels_are_found_among_the_highest_scores():
    figure = draw("bridge_found")
    found, auroc, guessed = traces(figure)
    assert (list(found.x), list(found.y)) == ([0.2, 0.5], pytest.approx([1, 0.95]))
    assert list(auroc.y) == [0.99, 0.97]
    assert list(guessed.y) == pytest.approx([0.15, 0.4])
    assert "p = 0.5: 38 of 40 (95.0%), AUROC 0.970" in summary(figure)
