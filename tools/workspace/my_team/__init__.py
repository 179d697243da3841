"""The components of a team, and the library that does their work."""
