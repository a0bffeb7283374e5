"""What an experiment measured, as one frozen model that packs and joins itself."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

_NAME = "facts"  # of the array that holds them in a unit's result


class Facts(BaseModel):
    """Base of every study's facts.

    Every field has a default, so that `Facts()` stands for nothing measured yet. Tuples are rows that units
    add to, `joined` puts one behind the other; all other fields describe the whole experiment. Fields that a
    later version has dropped are passed over.
    """

    # A training that diverged leaves NaN behind, which JSON has only by agreement.
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the facts in the form of a unit's result."""
        return {_NAME: np.frombuffer(self.model_dump_json().encode(), np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """Return what `to_arrays` wrote."""
        return cls.model_validate_json(arrays[_NAME].tobytes())

    @classmethod
    def joined(cls, parts: Iterable["Facts"], **whole: Any) -> Self:
        """Put rows of several parts together, in their order; `whole` gives the fields that are no rows."""
        found: dict[str, Any] = {}
        for part in parts:
            for name in type(part).model_fields:
                if isinstance(rows := getattr(part, name), tuple):
                    found[name] = found.get(name, ()) + rows
        return cls(**found | whole)
