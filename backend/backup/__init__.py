"""A whole Memoscope in one file: saved while it runs, restored into an empty one, on any database."""
