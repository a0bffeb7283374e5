"""The laboratories of the law of robustness."""

from backend.studies.kit.labs import Lab

LABS: tuple[Lab, ...] = ()
