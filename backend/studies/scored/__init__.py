"""The capability "examples have scores": its figures, and what tabs, exports and comparison need to know."""
