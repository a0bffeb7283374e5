"""The long-tail study's laboratories."""

from backend.studies.kit.labs import Lab
from backend.studies.long_tail.labs import frequencies, subgroups, tails, unfitted

LABS: tuple[Lab, ...] = (frequencies.LAB, unfitted.LAB, tails.LAB, subgroups.LAB)
