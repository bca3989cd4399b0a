"""Leaves runs to other processes: what is wanted of them is in the database already."""

from __future__ import annotations


class ElsewhereDispatcher:
    """For a process that executes nothing; whoever executes runs looks for due ones by itself."""

    def send(self, run_id: str) -> None:
        """Nothing: a run that was woken is due, and the next sweep of an executor finds it."""

    def look(self) -> None:
        """Nothing: whoever executes runs looks again soon."""

    def cancel(self, run_id: str, reason: str) -> None:
        """Nothing: the owner hears of it when it renews its lease."""
