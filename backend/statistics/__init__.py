"""Estimators, intervals and random draws: pure numpy and scipy, so that a notebook can call them."""
