"""The parts that studies are made of, each by itself."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from pydantic import Field

from backend.core.contracts import ClaimVerdict
from backend.studies import STUDIES
from backend.studies.kit import npz
from backend.studies.kit.departures import Departure, Departures, on_images
from backend.studies.kit.facts import Facts
from backend.studies.kit.figures import Controls, figure
from backend.studies.kit.findings import (
    Finding,
    Measurement,
    above,
    below,
    finding,
    mean_interval,
    near,
    not_run,
    ordered,
    within,
)
from backend.studies.kit.found import Found
from backend.studies.kit.paper import Paper
from backend.studies.kit.params import OnImages, StudyParams
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from tests import pace
from tests.fake_study import STUDY

HOLDS, FAILS, UNDECIDED = ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS, ClaimVerdict.UNDECIDED


# --- judges: each threshold from both sides ---


@pytest.mark.parametrize(
    ("judged", "verdict"),
    [
        (above(1, 1.01, 2), HOLDS),
        (above(1, 1, 2), UNDECIDED),
        (above(1, 0, 1), UNDECIDED),
        (above(1, 0, 0.99), FAILS),
        (below(1, 0, 0.99), HOLDS),
        (below(1, 0, 1), UNDECIDED),
        (below(1, 1, 2), UNDECIDED),
        (below(1, 1.01, 2), FAILS),
        (within(0, 1, 0, 1), HOLDS),
        (within(0, 1, -0.01, 1), UNDECIDED),
        (within(0, 1, 0, 1.01), UNDECIDED),
        (within(0, 1, -1, 0), UNDECIDED),
        (within(0, 1, -1, -0.01), FAILS),
        (within(0, 1, 1.01, 2), FAILS),
        (near(5, 0.5, 4.5, 5.5), HOLDS),
        (near(5, 0.5, 4.4, 5.5), UNDECIDED),
        (near(5, 0.5, 5.6, 6), FAILS),
        (ordered([(0.1, 1), (0.2, 1)]), HOLDS),
        (ordered([(0.1, 1), (0, 1)]), UNDECIDED),
        (ordered([(0.1, 1), (-1, -0.1)]), FAILS),
        (ordered([(-1, 1), (-1, -0.1)]), FAILS),
        (above(0, -np.inf, np.inf), UNDECIDED),
    ],
)
def test_judges_decide_only_where_the_whole_interval_does(judged, verdict):
    assert judged is verdict


def test_the_interval_of_a_mean_is_students_and_one_value_decides_nothing():
    mean, low, high = mean_interval([1, 2, 3, 4])
    # t = 3.182 for three degrees of freedom; standard error 1.291 / 2.
    assert (mean, low, high) == pytest.approx((2.5, 2.5 - 2.0543, 2.5 + 2.0543), abs=1e-4)
    assert mean_interval([7.0]) == (7.0, -np.inf, np.inf)


# --- findings and figures ---


def test_a_finding_has_the_name_of_its_function_and_says_what_it_needs():
    @finding("Waves are high.", "p. 1", "1 m", unit="m", needs=lambda found: "" if found else "needs a wave")
    def high(found):
        return Measurement(HOLDS, found, -np.inf, np.nan, "by eye")

    claim = high.claim(3.0, "ours")
    assert (claim.key, claim.statement, claim.source, claim.paper_value) == (
        "high", "Waves are high.", "p. 1", "1 m",
    )  # fmt: skip
    assert (claim.measured, claim.low, claim.high, claim.unit) == (3.0, None, None, "m")
    assert (claim.verdict, claim.setting, claim.note) == (HOLDS, "ours", "by eye")
    waiting = high.claim(None, "ours")
    assert (waiting.verdict, waiting.measured, waiting.note) == (ClaimVerdict.NOT_RUN, None, "needs a wave")


class Zoom(Controls):
    """How near."""

    zoom: int = Field(2, ge=1, le=9)


def test_a_figure_has_the_name_of_its_function_and_says_when_there_is_nothing():
    @figure("Waves", "Heights.", section="Sea", controls=Zoom, of=lambda params: params > 1)
    def waves(found, controls):
        return go.Figure(layout={"title": f"{found} x {controls.zoom}"}) if found else None

    assert (waves.name, waves.title, waves.description, waves.section) == (
        "waves",
        "Waves",
        "Heights.",
        "Sea",
    )
    assert waves.drawn(3).layout.title.text == "3 x 2"
    assert waves.drawn(3, Zoom(zoom=5)).layout.title.text == "3 x 5"
    assert waves.drawn(None).layout.title.text == "No results yet"
    assert (waves.of(2), waves.of(1)) == (True, False)


def test_parts_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two parts have one name among summary"):
        replace(STUDY, figures=(*STUDY.figures, STUDY.figures[0]))
    with pytest.raises(ValueError, match="claim-0"):
        replace(STUDY, findings=(STUDY.findings[0], STUDY.findings[0]))
    with pytest.raises(ValueError, match="tides"):
        replace(STUDY, labs=STUDY.labs * 2)


def test_two_figures_may_share_a_control_but_not_its_name_alone():
    class Other(Controls):
        """Another zoom."""

        zoom: int = Field(3, ge=1, le=9)

    def made(name, controls):
        def draw(found, asked):
            return None

        draw.__name__ = name
        return figure("t", "d", controls=controls)(draw)

    shared = replace(STUDY, figures=(made("a", Zoom), made("b", Zoom)))
    assert list(shared.controls()) == ["zoom"]
    with pytest.raises(ValueError, match="two figures have different controls 'zoom'"):
        replace(STUDY, figures=(made("a", Zoom), made("b", Other)))


# --- facts and results ---


class Catch(Facts):
    """What was fished."""

    lake: str = ""
    fish: tuple[float, ...] = ()
    boats: tuple[str, ...] = ()


def test_facts_join_row_behind_row_in_the_order_of_their_parts():
    parts = [Catch(fish=(1.0,)), Catch(fish=(2.0, 3.0), boats=("red",)), Catch()]
    assert Catch.joined(parts, lake="Geneva") == Catch(lake="Geneva", fish=(1, 2, 3), boats=("red",))
    assert Catch.joined([]) == Catch()


def test_facts_survive_packing_to_the_last_bit():
    numbers = (0.1 + 0.2, float("inf"), -float("inf"), 5e-324, 1e308)
    again = Catch.from_arrays(npz.unpack(npz.pack(Catch(fish=(*numbers, float("nan"))).to_arrays())))
    assert again.fish[:5] == numbers
    assert np.isnan(again.fish[5])
    stored = Results.from_bytes(Results(facts=Catch(fish=numbers)).to_bytes(), Catch)
    assert stored.facts == Catch(fish=numbers)


def test_what_a_later_version_has_dropped_is_passed_over():
    class Before(Catch):
        """With a field more."""

        weather: str = "fine"

    packed = Results(facts=Before(lake="Geneva")).to_bytes()
    assert Results.from_bytes(packed, Catch).facts == Catch(lake="Geneva")


def test_arrays_of_ten_megabytes_are_packed_and_unpacked_at_once_and_stay_as_they_are():
    rng = np.random.default_rng(0)
    arrays = {
        "scores": rng.random((1000, 1000)),
        "counts": rng.integers(0, 2**60, (250, 1000)),
        "names": np.array(["a", "bc"]),
    }
    packed = Results(arrays=arrays).to_bytes()
    found = Results.from_bytes(packed, Facts).arrays
    assert len(packed) > 10_000_000, "they are not compressed"
    assert pace.quickest(lambda: Results.from_bytes(Results(arrays=arrays).to_bytes(), Facts)) < 0.3
    assert list(found) == list(arrays)
    for name, values in arrays.items():
        assert found[name].dtype == values.dtype
        assert np.array_equal(found[name], values)


def test_floats_are_stored_and_integers_shrink():
    floats, zeros = np.zeros(10_000), np.zeros(10_000, np.int64)
    assert len(npz.pack({"a": floats})) > floats.nbytes
    assert len(npz.pack({"a": zeros})) < zeros.nbytes / 10
    assert len(npz.pack({"a": zeros}, stored=("a",))) > zeros.nbytes
    assert npz.pack({"a": zeros}) == npz.pack({"a": zeros}), "equal arrays make equal bytes"
    with pytest.raises(ValueError, match="Object arrays"):
        npz.pack({"a": np.array([object()])})


def test_curves_of_earlier_versions_are_found_among_the_facts():
    curve = {"size": 2, "name": "train", "epochs": [1], "mean": [0.5], "sd": [0.1], "models": 3}
    header = b'{"facts": {"sizes": []}, "curves": [%s]}' % str(curve).replace("'", '"').encode()
    packed = npz.pack({"header": np.frombuffer(header, np.uint8)})
    found = Results.from_bytes(packed, STUDIES["memorization"].facts).facts
    assert vars(found.curves[0]) == curve
    assert Results.from_bytes(packed, STUDIES["randomization"].facts).facts.fits == ()


def test_a_study_without_images_says_so_where_examples_are_asked_for():
    context = Context(lambda _: None)
    with pytest.raises(TypeError, match="takes no data set"):
        _ = context.examples
    with pytest.raises(LookupError, match="0123456789ab"):
        context.finished("0123456789ab")


# --- papers and departures ---


def test_a_paper_cites_itself():
    paper = Paper(
        title="On the waves of José",
        authors=("Ada B. Lovelace", "José Núñez"),
        year=1843,
        venue="Journal of Waves",
        url="https://example.org/1",
        kind="article",
    )
    assert paper.bibtex == "\n".join(
        (
            "@article{lovelace1843waves,",
            "  title = {On the waves of José},",
            "  author = {Lovelace, Ada B. and Núñez, José},",
            "  journal = {Journal of Waves},",
            "  year = {1843},",
            "  url = {https://example.org/1}",
            "}",
        )
    )
    later = replace(paper, authors=("José Núñez",), kind="inproceedings", published=1850)
    assert later.bibtex.startswith("@inproceedings{nunez1850waves,")
    assert "booktitle = {Journal of Waves}" in later.bibtex
    assert "year = {1850}" in later.bibtex


class Voyage(StudyParams):
    """Parameters of a voyage."""

    speed: int = 1
    load: int = 1


def test_a_departure_is_said_where_a_field_differs_and_has_a_say():
    departures = Departures(
        Voyage(speed=9),
        (
            Departure(("speed", "load"), lambda ours, paper: f"{ours.speed} instead of {paper.speed}"),
            Departure(("load",), lambda ours, _: f"{ours.load} on board", of=lambda ours, _: ours.speed > 5),
        ),
        scope=lambda params: ("Rivers are not run",) if params.load else (),
    )
    assert departures.of_setting(Voyage(speed=9)) == ()
    assert departures.of_setting(Voyage(speed=2)) == ("2 instead of 9",)
    assert departures.of_setting(Voyage(speed=2, load=3)) == ("2 instead of 9",)
    assert departures.of_setting(Voyage(speed=6, load=3)) == ("6 instead of 9", "3 on board")
    assert departures.scope(Voyage()) == ("Rivers are not run",)
    assert departures.scope(Voyage(load=0)) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dataset": "mnist"}, "mnist instead of CIFAR"),
        ({"classes": ("1", "2")}, "2 of the classes"),
        ({"per_class": 7}, "at most 7 training examples per class"),
        ({"image_size": 9}, "images of 9 x 9 pixels"),
        ({"grayscale": True}, "images in shades of gray"),
        ({"pixels": "random"}, "shuffled order of their own"),
        ({"labels": "human"}, "labels from the file 'human'"),
        ({"label_noise": 0.2}, "20% of the training labels flipped on purpose"),
        ({"label_noise": 0.2, "noise": "uniform"}, "redrawn uniformly with probability 0.2"),
    ],
)
def test_departures_about_data_are_said_one_by_one(change, said):
    departures = Departures(OnImages(), on_images("CIFAR"))
    (words,) = departures.of_setting(OnImages.model_validate(change))
    assert said in words


def test_claims_say_whose_numbers_they_are():
    papers, ours = STUDY.params(), STUDY.params(repeats=2)
    study = replace(
        STUDY,
        departures=Departures(papers, (Departure(("repeats",), lambda _ours, _paper: "more"),)),
        described=lambda params, _: f"{params.repeats} waves",
    )
    settings = [study.claims(study.found(params, Results()))[0].setting for params in (papers, ours)]
    assert settings == ["ours, paper settings: 1 waves", "ours, reduced: 2 waves"]


def test_findings_can_be_made_without_a_decorator():
    made = Finding("key", "s", "p", "1", "", lambda _: not_run("later"))
    assert made.claim(Found(None, None), "ours").note == "later"


def test_a_finding_whose_numbers_no_parameter_changes_keeps_its_own_setting():
    made = Finding("one", "One is 1.", "p. 1", "1", "", lambda _: Measurement(ClaimVerdict.HOLDS, 1.0))
    assert made.claim(None, "ours, reduced").setting == "ours, reduced"
    own = finding("One is 1.", "p. 1", "1", setting="ours, paper settings")(made.measure)
    assert own.claim(None, "ours, reduced").setting == "ours, paper settings"
