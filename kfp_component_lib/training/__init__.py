"""Fitting models to tables."""
