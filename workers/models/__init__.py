"""Families of models, each as a bank of K models of one shape."""
