"""Leaves runs to other processes: what is wanted of them is in the database already."""

from __future__ import annotations


class ElsewhereDispatcher:
    """For a process that executes nothing; whoever executes runs looks for due ones by itself."""

    @property
    def has_room(self) -> bool:
        """Never: other processes have to hear of it."""
        return False

    def send(self, run_id: str) -> None:
        """Nothing: who executes runs was told in the transaction that made it due."""

    def tell(self, run_id: str) -> None:
        """Nothing: its owner was told in the transaction that asked for it."""

    def hold(self, run_id: str, *, is_held: bool) -> None:
        """Nothing: its owner was told in the transaction that said so."""

    def load(self) -> None:
        """Nothing: no run is executed here."""

    def look(self) -> None:
        """Nothing: whoever executes runs looks again soon."""

    def cancel(self, run_id: str, reason: str) -> None:
        """Nothing: its owner was told in the transaction that cancelled it."""
