"""Fields that the experiment and several laboratories have."""

from typing import Annotated

from pydantic import Field

Samples = Annotated[
    int,
    Field(
        ge=10,
        le=1_000_000,
        title="Samples n",
        description="Examples in the training set.",
        json_schema_extra={"group": "Samples", "scale": "log"},
    ),
]
Classes = Annotated[
    int,
    Field(
        ge=2,
        le=1000,
        title="Classes m",
        description="Equally likely labels; a guess is right with chance 1 / m.",
        json_schema_extra={"group": "Samples", "scale": "log"},
    ),
]
Noise = Annotated[
    float,
    Field(
        ge=0,
        le=0.95,
        title="Label noise",
        description="Chance that a label is replaced by a random one; prices are over the noisy optimum.",
        json_schema_extra={"group": "Samples", "step": 0.05},
    ),
]
Gamma = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        title="Limit on memorization, gamma",
        description="No memorization score may exceed it; 1 is no limit.",
        json_schema_extra={"group": "Limits", "step": 0.01},
    ),
]
