"""Components that judge predictions and data."""
