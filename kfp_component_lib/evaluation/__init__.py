"""How good predictions are, and whether the data has changed."""
