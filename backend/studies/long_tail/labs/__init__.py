"""The long-tail study's laboratories."""

from backend.studies.kit.labs import Lab

LABS: tuple[Lab, ...] = ()
