"""Components that learn models."""
