"""Data sets in one in-memory form."""
