"""The figures that every study with scores has, in their order."""

from backend.studies.kit.figures import Figure
from backend.studies.scored.answers import answers
from backend.studies.scored.estimators import calibration, disagreement
from backend.studies.scored.histograms import histogram, histograms
from backend.studies.scored.peers import peers
from backend.studies.scored.trajectories import trajectories
from backend.studies.scored.types import (
    trajectory_curves,
    trajectory_flow,
    trajectory_power,
    trajectory_thresholds,
    trajectory_types,
)

FIGURES: tuple[Figure, ...] = (
    histograms,
    histogram,
    answers,
    trajectories,
    trajectory_types,
    trajectory_thresholds,
    trajectory_power,
    trajectory_curves,
    trajectory_flow,
    calibration,
    disagreement,
    peers,
)
