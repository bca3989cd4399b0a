"""What a run is and what can happen to it: values and pure functions."""
