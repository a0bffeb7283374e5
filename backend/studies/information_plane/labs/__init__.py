"""Laboratories of the information-plane study: closed forms under sliders."""

from backend.studies.information_plane.labs import binning, minimal, student
from backend.studies.kit.labs import Lab

LABS: tuple[Lab, ...] = (minimal.LAB, binning.LAB, student.LAB)
