"""The vocabulary of a run's log, and its form as text."""
