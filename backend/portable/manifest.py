"""What a file says of itself: the format's version, the experiment, its data, and every other member.

Version 1 has these members beside `manifest.json`:

- `results.npz`: scores, facts and arrays, as `Results` packs them
- `units.jsonl`, `events.jsonl`: a line of JSON for each unit and for each line of the log
- `pictures.npy`, `labels.npy`, `names.json`: the data set, training pictures first; pictures of more than
  `pictures.SIDE` pixels a side, and those of large data sets, are scaled down by the whole number `reduction`
- `given.npy`: (n_train,) the label file that was trained on, as indices into the data set's classes
- `matrix.npy`: (observed, 3) the known entries of a matrix that somebody brought
"""

import hashlib
import json
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from backend.core.contracts import Alignment, MatrixLayout, RowOrder

FORMAT: Final = "memoscope experiment"
VERSION = 1
SUFFIX = ".memoscope"
MANIFEST = "manifest.json"

RESULTS, UNITS, EVENTS = "results.npz", "units.jsonl", "events.jsonl"
PICTURES, LABELS, NAMES = "pictures.npy", "labels.npy", "names.json"
GIVEN, MATRIX = "given.npy", "matrix.npy"
ALWAYS = frozenset({RESULTS, UNITS, EVENTS})
OF_DATA = frozenset({PICTURES, LABELS, NAMES})

_MOST = 2**31 - 1  # what an integer column holds


Text = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$")]
Title = Annotated[Text, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=_MOST)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Member(_Part):
    """Another file of the archive, unpacked."""

    bytes: int = Field(ge=0)
    sha256: Digest


class CarriedExperiment(_Part):
    """The experiment's row; `id` is its own where it was run."""

    id: Id
    study: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    title: Title
    params: dict[str, Any]
    provenance: dict[str, Any]
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class CarriedDataset(_Part):
    """The data set's row; `fingerprint` is that of the whole pictures, whatever the `reduction`."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
    title: Title
    classes: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(min_length=2, max_length=100_000)]
    n_train: Annotated[int, Field(ge=1, le=_MOST)]
    fingerprint: Digest
    reduction: Annotated[int, Field(ge=1, le=10_000)]
    archived: bool  # whether `names.json` has the places of files in an archive, too


class CarriedLabels(_Part):
    """The row of the label file that was trained on."""

    name: Annotated[Text, Field(pattern=r"^\w[^\x00-\x1f\x7f/]{0,99}$")]
    fingerprint: Digest
    differ: Count
    alignment: Alignment
    row_order: RowOrder | None
    order_verified: bool
    note: Annotated[str, Field(max_length=10_000)]


class CarriedMatrix(_Part):
    """The row of the matrix that was completed."""

    name: Annotated[Text, Field(pattern=r"^\w[^\x00-\x1f\x7f/]{0,99}$")]
    rows: Annotated[int, Field(ge=1, le=_MOST)]
    columns: Annotated[int, Field(ge=1, le=_MOST)]
    layout: MatrixLayout
    note: Annotated[str, Field(max_length=10_000)]
    fingerprint: Digest


class Manifest(_Part):
    """All that a file says of itself."""

    format: Literal["memoscope experiment"] = FORMAT
    version: Annotated[int, Field(ge=1, le=VERSION)] = VERSION
    memoscope: Annotated[Text, Field(max_length=64)]  # the version that wrote it
    experiment: CarriedExperiment
    dataset: CarriedDataset | None = None
    labels: CarriedLabels | None = None
    matrix: CarriedMatrix | None = None
    members: dict[str, Member]

    @property
    def needed(self) -> frozenset[str]:
        """The names of the members that such a file has."""
        found = ALWAYS
        if self.dataset is not None:
            found |= OF_DATA
        if self.labels is not None:
            found |= {GIVEN}
        if self.matrix is not None:
            found |= {MATRIX}
        return found

    @property
    def identity(self) -> str:
        """Twelve hexadecimal digits that tell what was run and found, whatever it is called."""
        ran = self.experiment
        data = self.dataset and self.dataset.fingerprint
        # Data sets and label files may have other names elsewhere; their content is in the results.
        asked = {name: value for name, value in ran.params.items() if name not in {"dataset", "labels"}}
        spec = [ran.id, ran.study, asked, data, self.members[RESULTS].sha256]
        return hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:12]


class CarriedUnit(_Part):
    """One unit that was run: a line of `units.jsonl`."""

    key: Annotated[str, Field(max_length=200)]
    payload: dict[str, Any]
    models: Count
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    engine: dict[str, Any] | None


class CarriedEvent(_Part):
    """One line of the log: a line of `events.jsonl`."""

    kind: Literal["status", "log"]
    text: Annotated[str, Field(max_length=10_000)]
    at: AwareDatetime
