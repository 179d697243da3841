"""Components that create, load and prepare datasets."""
