"""Debugging as values and decisions: stops, edits, forks, comparisons, recordings."""
