"""Where an experiment departs from its paper: in settings, or in what is run at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from backend.datasets.options import DataOptions, NoiseKind, PixelMode
from backend.datasets.pixels import DESCRIPTIONS

P = TypeVar("P")


def _always(_ours: Any, _paper: Any) -> bool:
    return True


@dataclass(frozen=True)
class Departure(Generic[P]):
    """A departure in some fields: `words` tell ours and, where that helps, the paper's.

    `of` says where these fields have a say at all; elsewhere they may differ.
    """

    fields: tuple[str, ...]
    words: Callable[[P, P], str]
    of: Callable[[P, P], bool] = _always

    def said(self, ours: P, paper: P) -> str | None:
        """Return the departure in words, None where there is none."""
        differs = any(getattr(ours, name) != getattr(paper, name) for name in self.fields)
        return self.words(ours, paper) if differs and self.of(ours, paper) else None


@dataclass(frozen=True)
class Departures(Generic[P]):
    """All of a study: `paper` are the parameters of the paper's setting.

    Where any of `settings` is said, numbers are "reduced". `scope` tells what is not run, or run otherwise,
    whatever is asked for: the numbers that there are can still be at paper settings.
    """

    paper: P
    settings: tuple[Departure[P], ...] = ()
    scope: Callable[[P], tuple[str, ...]] = field(default=lambda _: ())

    def of_setting(self, params: P) -> tuple[str, ...]:
        """List where these parameters depart from the paper's setting; empty means paper settings."""
        said = (departure.said(params, self.paper) for departure in self.settings)
        return tuple(words for words in said if words is not None)


def on_images(papers: str) -> tuple[Departure[Any], ...]:
    """Return the departures of the fields about data; `papers` names the paper's data sets."""
    return (
        Departure(("dataset",), lambda ours, _: f"{ours.dataset} instead of {papers}"),
        Departure(("classes",), lambda ours, _: f"{len(ours.classes)} of the classes"),
        Departure(
            ("per_class",),
            lambda ours, _: (
                "all training examples"
                if ours.per_class is None
                else f"at most {ours.per_class} training examples per class"
            ),
        ),
        Departure(("image_size",), lambda ours, _: f"images of {ours.image_size} x {ours.image_size} pixels"),
        Departure(("grayscale",), lambda _ours, _paper: "images in shades of gray"),
        Departure(("pixels",), lambda ours, _: DESCRIPTIONS[PixelMode(ours.pixels)]),
        Departure(("labels",), lambda ours, _: f"labels from the file {ours.labels!r}"),
        Departure(("label_noise",), lambda ours, _: _noise(ours)),
    )


def _noise(options: DataOptions) -> str:
    if options.noise is NoiseKind.UNIFORM:
        return f"each training label redrawn uniformly with probability {options.label_noise:g}"
    return f"{options.label_noise:.0%} of the training labels flipped on purpose"
