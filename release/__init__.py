"""Publishes one version as a whole: image, wheel and compiled pipelines, each once."""
