"""Loading, profiling, validating, splitting and transforming tables."""
