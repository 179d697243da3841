"""Components that put models to use."""
