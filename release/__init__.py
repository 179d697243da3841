"""The commands that publish a version; their shared code is in `private`."""
