"""Figures: pure functions from arrays to plotly figures; the browser only renders their JSON."""
