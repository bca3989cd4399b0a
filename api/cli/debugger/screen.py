"""The whole terminal as a debugger: nodes, what has stopped, values, breakpoints, and all keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.text import Text

from api.cli.debugger.answers import lines_of_stops, lines_of_tokens_and_waits
from api.cli.debugger.commands import SYNTAX
from api.cli.debugger.stopped import Relative, Stopped, name_of
from api.cli.output.moments import short
from api.cli.output.tree import RUN_STYLES, SIGNS
from api.cli.output.view import OPEN
from services.domain.chronicle import Visited
from services.domain.events.stops import Breakpoint, Place
from services.domain.runs import Run
from services.usecases.looks import Look

KEYS: Final = "  ".join(f"{syntax.letter} {syntax.name}" for syntax in SYNTAX)
_MIN_HEIGHT: Final = 10
_NAME_WIDTH: Final = 28
_LINES_AROUND: Final = 3
"""The heading, and the border of the nodes."""
_VALUE_LINES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that is shown of a run at one moment; `order` tells how its nodes are listed."""

    name: str
    run: Run
    look: Look
    order: Mapping[str, int]
    stops: tuple[Stopped, ...]
    selected: Stopped | None
    breakpoints: Sequence[Breakpoint]
    breakpoint_lines: Sequence[str]


def drawn(picture: Picture, console: Console, height: int) -> list[str]:
    """The lines of a picture; none where there is no room for it."""
    if height < _MIN_HEIGHT:
        return []
    keys = Text(KEYS, style="dim")
    room = len(keys.wrap(console, console.width))
    layout = Layout()
    layout.split_column(
        Layout(_heading(picture), size=1),
        Layout(name="middle"),
        Layout(keys, size=room),
    )
    nodes = _nodes(picture, height - room - _LINES_AROUND)
    layout["middle"].split_row(Layout(_panel("nodes", nodes)), Layout(_right(picture)))
    with console.capture() as captured:
        console.print(layout, height=height)
    return captured.get().splitlines()[:height]


def _heading(picture: Picture) -> Text:
    status = picture.run.status
    shown = Text.assemble(
        (picture.name, "bold"), f"  {picture.run.id}  ", (status.value, RUN_STYLES[status])
    )
    if (error := picture.run.error) is not None:
        shown.append(f"  {error.type}: {error.message}", "red")
    return _cut(shown)


def _right(picture: Picture) -> RenderableType:
    """The panels beside the nodes; what there is nothing of needs no room."""
    parts = [
        ("stopped", list(_stops(picture))),
        ("variables", [f"{k} = {short(v)}" for k, v in picture.look.moment.variables.items()]),
        ("tokens and waits", list(lines_of_tokens_and_waits(picture.look))),
        ("breakpoints", list(picture.breakpoint_lines)),
    ]
    return Group(*(_panel(title, _text(lines)) for title, lines in parts if lines))


def _stops(picture: Picture) -> Iterator[str]:
    if not picture.stops:
        yield "nothing has stopped"
    yield from lines_of_stops(picture.stops, picture.selected)
    if picture.selected is None:
        return
    for name, value in picture.selected.values.items():
        yield f"{name}:"
        yield from _whole(value)
    if running := picture.selected.halt.told.running:
        yield f"at work beside it: {', '.join(map(name_of, running))}"


def _nodes(picture: Picture, room: int) -> Text:
    """A line for each node, as it was visited last on each path; the open ones before all."""
    marked = {breakpoint_.node_id for breakpoint_ in picture.breakpoints}
    stopped = {s.stop.place for s in picture.stops if s.run == _run_shown(picture)}
    nodes = sorted(picture.look.moment.nodes, key=lambda v: v.state.status not in OPEN)
    shown = nodes if len(nodes) <= room else nodes[: room - 1]

    def place(visited: Visited) -> tuple[str, int]:
        return visited.state.path, picture.order[visited.state.node_id]

    rows = [_row(visited, stopped, marked) for visited in sorted(shown, key=place)]
    if hidden := len(nodes) - len(shown):
        rows.append(Text(f"    … {hidden} more; `state` lists all", style="dim"))
    return Text("\n").join(rows)


def _run_shown(picture: Picture) -> Relative | None:
    return picture.selected.run if picture.selected is not None else None


def _row(visited: Visited, stopped: set[Place], marked: set[str | None]) -> Text:
    state = visited.state
    place = Place(node_id=state.node_id, path=state.path, visit=state.visit)
    sign, style = SIGNS[state.status]
    said = f"{state.error.type}: {state.error.message}" if state.error else short(state.output)
    return _cut(
        Text.assemble(
            ("▶" if place in stopped else " ", "magenta"),
            ("◆ " if state.node_id in marked else "  ", "red"),
            (f"{sign} ", style),
            f"{name_of(place):<{_NAME_WIDTH}} ",
            (f"{state.status.value:<10} ", style),
            (said if state.output is not None or state.error else "", "dim"),
        )
    )


def _panel(title: str, inside: RenderableType) -> Panel:
    return Panel(inside, title=title, title_align="left", border_style="dim", padding=(0, 1))


def _text(lines: Sequence[str]) -> Text:
    return _cut(Text("\n".join(lines)))


def _cut(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _whole(value: Any) -> Iterator[str]:
    lines = json.dumps(value, indent=2, ensure_ascii=False).splitlines()
    yield from (f"  {line}" for line in lines[:_VALUE_LINES])
    if len(lines) > _VALUE_LINES:
        yield f"  … {len(lines) - _VALUE_LINES} lines more; `stops` shows all"
