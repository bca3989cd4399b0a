"""What keeps a run from going on by itself: questions, and stops, that only people end."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from api.cli.output.view import Key, WireEvent

_WAITS = frozenset({"task.created", "node.waiting"})
_ENDS = frozenset({"node.completed", "node.failed", "node.cancelled"})
_GOES_ON = _ENDS | {"node.released", "node.started"}
_FROM_OUTSIDE = frozenset({"task", "signal"})


class Standstill:
    """Follows the events of a run, and knows at its rest who has to do something."""

    def __init__(self) -> None:
        self._asked: dict[Key, Mapping[str, Any]] = {}
        self._stopped: dict[Key, Mapping[str, Any]] = {}

    @property
    def has_stopped(self) -> bool:
        """Whether visits have stopped, for somebody who debugs the run."""
        return bool(self._stopped)

    def is_reached(self, event: WireEvent) -> bool:
        """Take in what happened; whether the run now rests until somebody outside answers.

        Where it rests only until a moment, it goes on by itself.
        """
        if (key := event.key) is not None:
            if event.type in _WAITS:
                self._asked[key] = {**self._asked.get(key, {}), **event.data}
            elif event.type in _ENDS:
                self._asked.pop(key, None)
            if event.type == "node.paused" and event.data["reason"] != "pause":
                self._stopped[key] = event.data
            elif event.type in _GOES_ON:
                self._stopped.pop(key, None)
        if event.type == "run.paused":
            return self.has_stopped
        return event.type == "run.waiting" and any(map(_is_from_outside, self._asked.values()))

    def lines(self) -> Iterator[str]:
        """What has stopped, and what is waited for, each with the command that answers it."""
        for (node_id, _, visit), stop in self._stopped.items():
            yield f"  visit {visit} of {node_id!r} has stopped ({stop['position']})"
        for (node_id, _, _), asked in self._asked.items():
            match asked:
                case {"kind": "task", "task_id": task_id, "prompt": prompt}:
                    whom = f" of {asked['assignee']}" if asked["assignee"] else ""
                    yield f"  {node_id!r} waits for an answer{whom}: {prompt}"
                    yield f"    workflow tasks complete {task_id} --answer {_example(asked)}"
                case {"kind": "signal", "name": name, "key": key}:
                    more = f" --key {shlex.quote(key)}" if key else ""
                    yield f"  {node_id!r} waits for the signal {name!r}"
                    yield f"    workflow signal {shlex.quote(name)}{more} --payload JSON"
                case {"kind": "run", "key": run_id}:
                    yield f"  {node_id!r} waits for its sub-run"
                    yield f"    workflow runs show {run_id}"
                case _:
                    yield f"  {node_id!r} waits until {asked['due_at']}"


def _is_from_outside(asked: Mapping[str, Any]) -> bool:
    """Whether somebody has to answer; a sub-run may wait for a moment only."""
    kind = asked.get("kind")
    return kind in _FROM_OUTSIDE or (kind == "run" and asked["due_at"] is None)


def _example(asked: Mapping[str, Any]) -> str:
    """The answer's fields, where the form names them: what is to be typed is easily seen."""
    fields = asked["form"].get("properties")
    if not isinstance(fields, dict) or not fields:
        return "JSON"
    return shlex.quote(json.dumps(dict.fromkeys(fields, "…"), ensure_ascii=False))
