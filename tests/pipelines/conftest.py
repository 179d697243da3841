"""Runs every pipeline of these tests through KFP's local runner."""

from kfp_runner import runner

__all__ = ["runner"]
