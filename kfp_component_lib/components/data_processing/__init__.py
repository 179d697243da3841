"""Components that make, load and prepare data sets."""
