"""Components that evaluate predictions and detect changes in data."""
