"""Experiments in a notebook: scores, arrays, claims and figures as pandas, numpy and Plotly have them.

`import memoscope` has these names. An experiment is opened by its page's address, by a share's, by its id on
this machine's server, or from a file that `memoscope export ID it.memoscope` wrote, without any server.
"""

import io
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.parquet

from backend.client import Client, ServerError, local_url
from backend.core.contracts import Estimator
from backend.core.errors import MemoscopeError
from backend.core.settings import get_settings
from backend.datasets.base import Dataset
from backend.datasets.examples import Examples, take
from backend.datasets.options import options_among
from backend.export.score_table import score_table
from backend.portable.reading import Carried, carried
from backend.studies.kit import npz
from backend.studies.kit.results import Results

_ID = re.compile(r"[0-9a-f]{12}")
_PAGE = re.compile(r"(https?://.+?)/experiments/([0-9a-f]{12})(?:[/?#].*)?")
_SHARE = re.compile(r"(https?://.+?/s/([A-Za-z0-9_-]+))(?:[/?#].*)?")
_NO_PANDAS = "Tables need pandas: pip install pandas. Arrays and figures come without it."


class NotebookError(Exception):
    """What was asked for cannot be had; the message says why."""


class Experiment(ABC):
    """An experiment and what it found; `title`, `study` and `params` say what was run."""

    title: str
    study: str
    params: dict[str, Any]

    def scores(self, estimator: str = "counts") -> Any:
        """Return a pandas DataFrame with a row for each (size, example), with the columns of scores.csv.

        `estimator` is "counts" or "margins". NotebookError in a study whose examples have no scores.
        """
        _pandas()
        return self._scores(estimator).to_pandas()

    @abstractmethod
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the study's own numpy arrays by name; none in a study that has none."""

    def claims(self) -> Any:
        """Return a pandas DataFrame with a row for each of the paper's findings beside our measurement."""
        return _pandas().DataFrame(self._claims())

    @property
    @abstractmethod
    def figures(self) -> dict[str, str]:
        """The titles of its figures by name, in the order of the page."""

    @abstractmethod
    def figure(self, name: str, **view: Any) -> go.Figure:
        """Return one figure; `view` are its controls, as the page's address has them."""

    def __repr__(self) -> str:
        return f"<{self.title!r}, an experiment of the study {self.study}>"

    @abstractmethod
    def _scores(self, estimator: str) -> pa.Table: ...

    @abstractmethod
    def _claims(self) -> list[dict[str, Any]]: ...


def open(where: str | Path, *, token: str | None = None) -> Experiment:  # noqa: A001 - as one opens a file
    """Open an experiment: the address of its page or of a share, its id, or a file that was exported.

    `token` is the server's access token; by default MEMOSCOPE_ACCESS_TOKEN. NotebookError says what is wrong.
    """
    settings = get_settings()
    if token is None and settings.access_token is not None:
        token = settings.access_token.get_secret_value()
    text = str(where)
    if share := _SHARE.fullmatch(text):
        return _Served.shared(Client(share[1]), share[2])
    if page := _PAGE.fullmatch(text):
        return _Served(Client(page[1], token), page[2])
    if _ID.fullmatch(text):
        return _Served(Client(local_url(settings), token), text)
    if "://" in text:
        message = (
            f"{text} is no address of an experiment, such as http://127.0.0.1:8000/experiments/0123456789ab"
        )
        raise NotebookError(message)
    return _Filed(Path(where))


class _Served(Experiment):
    """One that a server has; every call asks it, so a running one is seen as it is."""

    def __init__(self, client: Client, experiment_id: str) -> None:
        self._client = client
        self._own = f"/api/experiments/{experiment_id}"
        told = self._get("")
        self.title, self.study, self.params = told["title"], told["study"], told["params"]

    @classmethod
    def shared(cls, client: Client, token: str) -> "_Served":
        """Open what a share shows."""
        try:
            share = client.get(f"/api/shares/{token}")
        except ServerError as error:
            raise NotebookError(str(error)) from None
        return cls(client, share["experiment_id"])

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the study's own arrays."""
        try:
            return npz.unpack(self._client.fetch(f"{self._own}/arrays.npz"))
        except ServerError as error:
            if "no arrays" in str(error):
                return {}
            raise NotebookError(str(error)) from None

    @property
    def figures(self) -> dict[str, str]:
        """The titles of its figures by name."""
        return {item["name"]: item["title"] for item in self._get("/figures")["items"]}

    def figure(self, name: str, **view: Any) -> go.Figure:
        """Return one figure."""
        return go.Figure(self._get(f"/figures/{name}?{urlencode(view, doseq=True)}"), skip_invalid=True)

    def _scores(self, estimator: str) -> pa.Table:
        try:
            data = self._client.fetch(f"{self._own}/scores.parquet?{urlencode({'estimator': estimator})}")
        except ServerError as error:
            raise NotebookError(str(error)) from None
        return pa.parquet.read_table(io.BytesIO(data))

    def _claims(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._get("/claims")["items"])

    def _get(self, path: str) -> Any:
        try:
            return self._client.get(self._own + path)
        except ServerError as error:
            raise NotebookError(str(error)) from None


class _Filed(Experiment):
    """One that a file brings: drawn and judged here, by this version."""

    def __init__(self, path: Path) -> None:
        try:
            with carried(path) as file:
                self._examples = _examples(file)
                results = file.results()
                self._about, self._asked = file.study, file.params
                self._manifest = file.manifest
        except MemoscopeError as error:
            raise NotebookError(error.detail) from None
        except OSError as error:
            message = f"Cannot read {path}: {error.strerror or error}."
            raise NotebookError(message) from None
        ran, data = self._manifest.experiment, self._manifest.dataset
        self.title, self.study, self.params = ran.title, ran.study, ran.params
        classes = () if self._examples is None else self._examples.classes
        self._found = self._about.found(self._asked, results, classes, "" if data is None else data.title)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the study's own arrays."""
        return dict(self._found.results.arrays)

    @property
    def figures(self) -> dict[str, str]:
        """The titles of its figures by name."""
        return {figure.name: figure.title for figure in self._about.shown(self._asked)}

    def figure(self, name: str, **view: Any) -> go.Figure:
        """Return one figure."""
        figure = next((one for one in self._about.shown(self._asked) if one.name == name), None)
        if figure is None:
            message = f"There is no figure {name!r}; figures are: {', '.join(self.figures)}."
            raise NotebookError(message)
        unknown = view.keys() - figure.controls.model_fields.keys()
        if unknown:
            message = (
                f"{name} has no control {min(unknown)!r}; it has: {_listed(figure.controls.model_fields)}."
            )
            raise NotebookError(message)
        return figure.drawn(self._found, figure.controls.model_validate(view))

    def _scores(self, estimator: str) -> pa.Table:
        results: Results = self._found.results
        if results.scores is None or self._examples is None:
            message = "This study has no per-example scores."
            raise NotebookError(message)
        try:
            table = results.by(Estimator(estimator)).table
        except (LookupError, ValueError) as error:
            raise NotebookError(f"estimator: {error}") from None
        return score_table(cast("Any", table), self._examples)

    def _claims(self) -> list[dict[str, Any]]:
        return [dict(vars(claim)) for claim in self._about.claims(self._found)]


def _examples(file: Carried) -> Examples | None:
    """Return the examples of a file, whose pictures stay in it: nothing here looks at them."""
    told = file.manifest.dataset
    if told is None:
        return None
    labels = file.labels(len(told.classes))
    dataset = Dataset(
        id=told.id,
        images=np.broadcast_to(np.uint8(0), (len(labels), 1, 1)),
        labels=labels,
        classes=tuple(told.classes),
        names=file.names(len(labels)).names,
        n_train=told.n_train,
    )
    given = None if file.manifest.labels is None else file.given(len(told.classes))
    return take(dataset, options_among(file.manifest.experiment.params), given)


def _listed(names: Mapping[str, Any]) -> str:
    return ", ".join(names) or "none"


def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise NotebookError(_NO_PANDAS) from None
    return pandas
