"""A run as a tree on the terminal: each visit with its status, attempt, time and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text
from rich.tree import Tree

from api.cli.output.view import OPEN, RunView, VisitView
from services.domain.runs import RunStatus
from services.domain.visits import NodeStatus
from workflow_compiler.ports import WallClock

SIGNS: Final[Mapping[NodeStatus, tuple[str, str]]] = {
    NodeStatus.PENDING: ("·", "dim"),
    NodeStatus.RUNNING: ("●", "blue"),
    NodeStatus.WAITING: ("◔", "cyan"),
    NodeStatus.PAUSED: ("‖", "magenta"),
    NodeStatus.RETRYING: ("↻", "yellow"),
    NodeStatus.COMPLETED: ("✓", "green"),
    NodeStatus.FAILED: ("✗", "red"),
    NodeStatus.SKIPPED: ("○", "dim"),
    NodeStatus.CANCELLED: ("■", "yellow"),
}
RUN_STYLES: Final[Mapping[RunStatus, str]] = {
    RunStatus.PENDING: "dim",
    RunStatus.RUNNING: "blue",
    RunStatus.WAITING: "cyan",
    RunStatus.PAUSED: "magenta",
    RunStatus.CANCELLING: "yellow",
    RunStatus.COMPLETED: "green",
    RunStatus.FAILED: "red",
    RunStatus.CANCELLED: "yellow",
}
_NAME_WIDTH: Final = 24
_LINES_AROUND: Final = 4
"""The heading, the line about what is hidden, and the prompt."""


class RunTree:
    """Draws a view of a run, as much of it as the terminal is high."""

    def __init__(self, name: str, view: RunView, clock: WallClock) -> None:
        self._name = name
        self._view = view
        self._clock = clock

    def __rich_console__(self, console: Console, _options: ConsoleOptions) -> RenderResult:
        """What is known now."""
        status = self._view.status
        heading = Text.assemble((self._name, "bold"), "  ", (status.value, RUN_STYLES[status]))
        tree = Tree(heading, guide_style="dim")
        visits = tuple(self._view.visits.values())
        shown = _most_telling(visits, max(console.height - _LINES_AROUND, 1))
        if hidden := len(visits) - len(shown):
            tree.add(Text(f"… {hidden} more", style="dim"))
        for visit in shown:
            tree.add(self._row(visit))
        yield tree

    def _row(self, visit: VisitView) -> Text:
        sign, style = SIGNS[visit.status]
        seconds = visit.seconds(self._clock.now())
        time = "" if seconds is None else f"{seconds:.2f} s"
        return Text.assemble(
            (f"{sign} ", style),
            f"{visit.title:<{_NAME_WIDTH}} ",
            (f"{_standing(visit):<12}", style),
            (f"{time:>9}  {_words(visit)}", "dim"),
            no_wrap=True,
            overflow="ellipsis",
        )


def _most_telling(visits: Sequence[VisitView], room: int) -> Sequence[VisitView]:
    """What is going on, and before it what began last, in the order in which all began."""
    if len(visits) <= room:
        return visits
    opened = [place for place, visit in enumerate(visits) if visit.status in OPEN][-room:]
    others = [place for place, visit in enumerate(visits) if visit.status not in OPEN]
    recent = others[-(room - len(opened)) :] if len(opened) < room else []
    return [visits[place] for place in sorted((*opened, *recent))]


def _standing(visit: VisitView) -> str:
    attempt = f" ({visit.attempt})" if visit.attempt > 1 else ""
    return f"{visit.status.value}{attempt}"


def _words(visit: VisitView) -> str:
    if visit.note or not visit.text:
        return visit.note
    return " ".join(visit.text.split())[-120:]
