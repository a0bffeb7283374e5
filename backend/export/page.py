"""Makes the file: a document with its script, its data and as many pictures as its size allows."""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from string import Template
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from backend.core.provenance import ROOT
from backend.datasets import sprites
from backend.datasets.examples import Examples
from backend.export import bundle
from backend.export.gallery import Ends, Sprites, largest
from backend.export.packing import pack, pack_texts
from backend.figures.style import SERIES
from backend.scores.binning import Bins, lattice_bins
from backend.scores.scores import TRAJECTORIES, VERDICTS, Scores
from backend.statistics.intervals import THRESHOLD, normal_quantile
from backend.statistics.trajectories import DEFAULT_TAU
from backend.studies.kit.results import Results
from backend.studies.kit.scores import Accuracies, LearningCurve
from backend.studies.scored.placebo import placebos

FRONTEND = ROOT / "frontend"
ENTRY = "export/main.js"
STYLES = ("tokens", "base", "components", "controls", "experiment", "figures", "gallery")
MB = 1_000_000
DEFAULT_BUDGET_MB, MIN_BUDGET_MB, MAX_BUDGET_MB = 15, 1, 50

_DATA = "\0"  # where they go: a character that nothing else of a page can hold

Json = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """What else the page tells: JSON in the shapes in which the API answers it, and what it draws itself."""

    experiment: Json
    study: Json
    dataset: Json
    claims: Sequence[Json]
    accuracies: Accuracies
    learning_curves: Sequence[LearningCurve]
    exported_at: datetime


def make(results: Results, scores: Scores, examples: Examples, record: Record, budget: int) -> bytes:
    """Return the page, of at most `budget` bytes, from at least one megabyte on.

    All counts go in first, then the pictures of as many examples from both ends of the scores as fit. Where
    the counts alone are too large, the page has those of the pictured examples, and histograms of all.
    """
    ends = Ends.of(scores.memorization)
    strips = Sprites(examples.dataset.images, examples.source[ends.examples])
    table: Json | None = _table(scores, examples, np.arange(len(scores.labels)))
    facts = _facts(results, scores, examples, record, budget) | {"table_bytes": len(_json(table))}

    def data(per_end: int) -> str:
        chosen = ends.up_to(per_end)
        gallery = _gallery(scores, strips, chosen, per_end)
        return _json({"table": table or _table(scores, examples, chosen), "gallery": gallery})

    document = _Document.of(facts)
    if document.length(data(0)) > budget:
        table = None
        document = _Document.of(facts | {"summary": _summary(scores)})
    per_end = largest(ends.most, lambda per_end: document.length(data(per_end)) <= budget)
    return document.filled(data(per_end))


def _facts(results: Results, scores: Scores, examples: Examples, record: Record, budget: int) -> Json:
    return {
        "exported_at": record.exported_at.isoformat(),
        "experiment": record.experiment,
        "study": record.study,
        "dataset": record.dataset,
        "claims": list(record.claims),
        "accuracies": {
            "sizes": list(record.accuracies.sizes),
            "lines": list(map(asdict, record.accuracies.lines)),
        },
        "curves": [
            {
                "size": curve.size,
                "epochs": curve.epochs,
                "models": curve.models,
                "line": asdict(curve.line),
            }
            for curve in record.learning_curves
        ],
        "budget": budget,
        "n": len(scores.labels),
        "sizes": list(scores.sizes),
        "edges": [edges.tolist() for edges in _edges(scores)],
        "classes": list(examples.classes),
        "verdicts": list(VERDICTS),
        "trajectories": list(TRAJECTORIES),
        "tau": DEFAULT_TAU,
        "placebo": [None if one is None else one.mean for one in placebos(results, DEFAULT_TAU)],
        "threshold": THRESHOLD,
        "z": normal_quantile(0.95),
        "series": list(SERIES),
        "summary": None,
    }


def _table(scores: Scores, examples: Examples, rows: npt.NDArray[np.int64]) -> Json:
    """Pack what is known of the examples `rows`: (rows,) columns and (S, rows) counts and verdicts."""
    single = {
        "index": rows,
        "label": scores.labels[rows],
        "original": examples.labels[rows],
        "flipped": scores.flipped[rows],
        "trajectory": scores.trajectories[rows],
    }
    counts = {name: getattr(scores, name) for name in ("n_in", "k_in", "n_out", "k_out")}
    by_size = {name: values[:, rows] for name, values in (counts | {"verdict": scores.verdicts}).items()}
    return {
        "names": pack_texts([examples.name(int(row)) for row in rows]),
        "columns": {name: pack(values) for name, values in (single | by_size).items()},
    }


def _gallery(scores: Scores, strips: Sprites, chosen: npt.NDArray[np.int64], per_end: int) -> Json:
    """Pack pictures of the examples `chosen`, and what most models answered that did not have them."""
    height, width = strips.tile
    answer, answered = _answers(scores, chosen)
    return {
        "per_end": per_end,
        "examples": pack(chosen),
        "answer": pack(answer),
        "answered": pack(answered),
        "height": height,
        "width": width,
        "reduction": sprites.reduction(strips.images),
        "columns": strips.columns,
        "sprites": strips.first(len(chosen)),
    }


def _answers(scores: Scores, chosen: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return the most frequent answer of held-out models, (S, chosen), and how many gave it: 0 for none."""
    answers, n = scores.answers, len(scores.labels)
    places = np.arange(len(scores.sizes))[:, None] * n + chosen
    first, stop = answers.offsets[places], answers.offsets[places + 1]
    label, count = np.zeros((2, *places.shape), np.int64)
    named = first < stop  # the entries of an example begin with the most frequent one
    label[named], count[named] = answers.labels[first[named]], answers.counts[first[named]]
    return label, count


def _edges(scores: Scores) -> list[npt.NDArray[np.float64]]:
    return [lattice_bins(*of).edges for of in zip(scores.memorization, scores.n_out, strict=True)]


def _summary(scores: Scores) -> Json:
    """Count all examples by score and by trajectory, for a page that has not the counts of all."""
    histograms = []
    for values, edges in zip(scores.memorization, _edges(scores), strict=True):
        defined = np.isfinite(values)
        n = int(defined.sum())
        histograms.append(
            {
                "clean": _counts(values[defined & ~scores.flipped], edges),
                "flipped": _counts(values[defined & scores.flipped], edges),
                "n": n,
                "missing": len(values) - n,
                "below_01": float(np.count_nonzero(values < 0.1) / n) if n else None,
                "above_09": float(np.count_nonzero(values > 0.9) / n) if n else None,
            }
        )
    types = np.bincount(scores.trajectories, minlength=len(TRAJECTORIES))
    return {"histograms": histograms, "trajectories": types.tolist()}


def _counts(values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]) -> list[int]:
    """Count scores by bin, then those of exactly 0 and of exactly 1."""
    bins = Bins(edges, None)
    counts: list[int] = np.bincount(bins.codes(values), minlength=bins.kinds)[:-1].tolist()
    return counts


@dataclass(frozen=True)
class _Document:
    """The page around its data."""

    head: bytes
    tail: bytes

    @classmethod
    def of(cls, facts: Json) -> Self:
        script = bundle.script(FRONTEND, ENTRY)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        styles = [*(FRONTEND / "css" / f"{name}.css" for name in STYLES), FRONTEND / "export" / "page.css"]
        head, tail = (
            Template((FRONTEND / "export" / "page.html").read_text())
            .substitute(
                title=html.escape(facts["experiment"]["title"]),
                digest=digest,
                style="".join(path.read_text() for path in styles),
                facts=_json(facts),
                script=script,
                data=_DATA,
            )
            .split(_DATA)
        )
        return cls(head.encode(), tail.encode())

    def length(self, data: str) -> int:
        return len(self.head) + len(data) + len(self.tail)  # JSON is ASCII: a character is a byte

    def filled(self, data: str) -> bytes:
        return self.head + data.encode() + self.tail


def _json(value: Any) -> str:
    """Return JSON that may stand in a script element: nothing in it looks like a tag."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")
