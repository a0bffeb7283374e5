"""A study: one paper as a value made of parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from backend.datasets.options import DataOptions
from backend.scores.columns import Column
from backend.studies.kit.cases import Cases
from backend.studies.kit.departures import Departures
from backend.studies.kit.digest import code_digest
from backend.studies.kit.facts import Facts
from backend.studies.kit.figures import Figure
from backend.studies.kit.findings import Claim, Finding
from backend.studies.kit.found import Found
from backend.studies.kit.labs import Lab
from backend.studies.kit.paper import Paper
from backend.studies.kit.params import StudyParams, named
from backend.studies.kit.results import Results
from backend.studies.kit.scores import Scored
from backend.studies.kit.terms import Term
from backend.studies.kit.units import Unit

P = TypeVar("P", bound=StudyParams)
F = TypeVar("F", bound=Facts)


@dataclass(frozen=True)
class Extension(Generic[P]):
    """What an experiment can be extended by, for the dialog that asks how many; `noun`: of what.

    `extended` returns the parameters of a child experiment with that many more; a ValidationError or
    InvalidError says why there cannot be so many. `gains` says in sentences what results would gain from a
    child's parameters.
    """

    label: str
    detail: str
    default: int
    least: int
    most: int
    extended: Callable[[P, int], P]
    noun: str = "models"
    gains: Callable[[Results, P], tuple[str, ...]] = lambda _results, _child: ()


@dataclass(frozen=True)
class Related:
    """An experiment of a study that shows more of the same data; `params` override that study's defaults."""

    title: str
    detail: str
    study: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Pictured:
    """One kind of data that networks are asked to fit, for a row of pictures with their labels.

    `pixels` is a data option; `corruption` the probability that a label is redrawn, None where people choose.
    """

    key: str
    name: str
    note: str
    pixels: str = "original"
    corruption: float | None = 0.0


@dataclass(frozen=True)
class Plan(Generic[P]):
    """How a study cuts its work: `units` in the order in which they should run, `counted` what they count.

    `units` takes parameters and the form of the data: a `Shape` of images, a `MatrixShape` of somebody's own
    matrix, None without either. An InvalidError names the parameter that makes it more work than can be kept
    track of.
    """

    units: Callable[[P, Any], list[Unit]]
    counted: str = "models"


@dataclass(frozen=True)
class Study(Generic[P, F]):
    """Backend half of a study; what is absent among the capabilities, the study does not have.

    Its worker half is the module `workers.studies.<name>`, a `Runner`; a study of laboratories alone has
    none, and no plan. `presets` are overrides of the defaults; `described` says in a few words on what and
    with what an experiment was run, by parameters whose data set is its title. `goes_on`: whether units that
    a plan holds back are wanted, by what was found before. `answer` is the paper's own in three sentences;
    `key_figure` names the figure that stands for it, the first one if it is empty.
    """

    name: str
    title: str
    question: str
    summary: str
    paper: Paper
    params: type[P]
    presets: Mapping[str, Mapping[str, Any]]
    facts: type[F]
    departures: Departures[P]
    figures: tuple[Figure, ...] = ()
    findings: tuple[Finding, ...] = ()
    plan: Plan[P] | None = None
    described: Callable[[P, F], str] = lambda _params, _facts: ""
    scores: Scored[P] | None = None
    cases: Cases | None = None
    labs: tuple[Lab, ...] = ()
    extension: Extension[P] | None = None
    related: Callable[[P], tuple[Related, ...]] = lambda _: ()
    notes: Callable[[P, Any], tuple[str, ...]] = lambda _params, _shape: ()
    preview: Callable[[Found[P, F]], dict[str, Any] | None] | None = None
    goes_on: Callable[[Found[P, F]], bool] = lambda _: True
    pictured: tuple[Pictured, ...] = ()
    preset_titles: Mapping[str, str] = field(default_factory=dict)  # where the name alone does not do
    answer: tuple[str, ...] = ()
    key_figure: str = ""
    terms: tuple[Term, ...] = ()  # of its own, beside those that all pages share
    starter: bool = False  # what newcomers run first

    def __post_init__(self) -> None:
        """Refuse parts that could not be told apart; ValueError."""
        parts = [part.name for part in self.figures], [part.key for part in self.findings]
        for names in (
            *parts,
            [lab.name for lab in self.labs],
            [column.key for column in self.columns],
            [term.key for term in self.terms],
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"{self.name}: two parts have one name among {', '.join(names)}")
        if self.key_figure and self.key_figure not in {figure.name for figure in self.figures}:
            raise ValueError(f"{self.name}: it has no figure {self.key_figure!r}")
        self.controls()

    @property
    def on_images(self) -> bool:
        """Whether it takes a data set."""
        return issubclass(self.params, DataOptions)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Further numbers of its examples."""
        return () if self.scores is None else self.scores.columns

    @property
    def code(self) -> str:
        """Digest of exactly the code that can change the numbers of this study."""
        parts = (self.params, self.facts, *(() if self.plan is None else (self.plan.units,)))
        return code_digest((f"workers.studies.{self.name}", *(part.__module__ for part in parts)))

    def data_of(self, params: P) -> DataOptions | None:
        """Return which examples the parameters name, None in a study without images."""
        return params.data() if isinstance(params, DataOptions) else None

    def key(self, params: P) -> Figure | None:
        """Return the figure that stands for an experiment with these parameters, None without figures."""
        shown = self.shown(params)
        return next((figure for figure in shown if figure.name == self.key_figure), next(iter(shown), None))

    def shown(self, params: P) -> tuple[Figure, ...]:
        """Return the figures that an experiment with these parameters has."""
        return tuple(figure for figure in self.figures if figure.of(params))

    def controls(self) -> dict[str, tuple[Any, Any]]:
        """Return every control of every figure: name -> (type, field). ValueError if two differ."""
        found: dict[str, tuple[Any, Any]] = {}
        for figure in self.figures:
            for name, info in figure.controls.model_fields.items():
                if name in found and repr(found[name][1]) != repr(info):
                    raise ValueError(f"{self.name}: two figures have different controls {name!r}")
                found[name] = (info.annotation, info)
        return found

    def found(self, params: P, results: Results, classes: Sequence[str] = (), data: str = "") -> Found[P, F]:
        """Return what figures, findings and previews look at; `data` is the title of the data set."""
        facts: Any = results.facts if isinstance(results.facts, self.facts) else self.facts()
        size_name = "" if self.scores is None else self.scores.size_name(params)
        return Found(params, facts, results, tuple(classes), size_name, data=data)

    def claims(self, found: Found[P, F]) -> tuple[Claim, ...]:
        """Hold every finding of the paper against what was found."""
        whose = "reduced" if self.departures.of_setting(found.params) else "paper settings"
        described = self.described(named(found.params, found.data), found.facts)
        setting = f"ours, {whose}" + (f": {described}" if described else "")
        return tuple(finding.claim(found, setting) for finding in self.findings if finding.of(found.params))

    def drawn_small(self, found: Found[P, F]) -> dict[str, Any] | None:
        """Return the small drawing for the experiment's card as JSON, None while there is nothing to draw.

        Scores at the largest size that has any, unless the study has a drawing of its own: `kind` "lines",
        `x_title`, `y_title` and `lines`, each with `name`, `color` such as "#0072B2", and equally long `x`
        and `y`.
        """
        if self.preview is not None:
            return self.preview(found)
        return None if self.scores is None else self.scores.drawn_small(found.results)
