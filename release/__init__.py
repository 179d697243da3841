"""The commands by which a version is published; what they share is in `private`."""
