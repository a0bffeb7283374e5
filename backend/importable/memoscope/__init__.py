"""`import memoscope`: finished experiments in a notebook; see docs/notebook.md."""

from backend.notebook import Experiment, NotebookError, open  # noqa: A004 - as one opens a file

__all__ = ["Experiment", "NotebookError", "open"]
