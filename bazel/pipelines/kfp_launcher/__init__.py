"""Runs and submits pipelines, with their parameters as flags."""
