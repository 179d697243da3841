"""The shared code of the release commands."""
