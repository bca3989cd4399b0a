"""What somebody who debugs a run in the terminal can ask for, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from services.domain.events.stops import Breakpoint, Going, Target


class CommandError(Exception):
    """What was typed cannot be done; the text says why, in one line."""


class Topic(StrEnum):
    """What can be looked at as a whole."""

    STOPS = "stops"
    BREAKPOINTS = "breakpoints"
    STATE = "state"
    VARIABLES = "vars"
    TOKENS = "tokens"


class Parting(StrEnum):
    """What becomes of a run that is not over when its debugger quits."""

    LEAVE = "leave"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Step:
    """Let the selected visit go on, and stop at what follows it; `again` tries it once more."""

    going: Going
    again: bool = False


@dataclass(frozen=True, slots=True)
class StepOut:
    """Let the body go on that the selected visit lies in, and stop after its container."""


@dataclass(frozen=True, slots=True)
class Continue:
    """Let all go on that has stopped."""


@dataclass(frozen=True, slots=True)
class RunTo:
    """Let all go on, and stop once before a node."""

    node_id: str


@dataclass(frozen=True, slots=True)
class Break:
    """Have one more breakpoint; it has no id yet."""

    breakpoint: Breakpoint


@dataclass(frozen=True, slots=True)
class Clear:
    """Have one breakpoint less."""

    breakpoint_id: str


@dataclass(frozen=True, slots=True)
class Show:
    """Look at something."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Why:
    """Look at the decisions about the edges from and to a node."""

    node_id: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """Look at the attempts that failed, of one node or of all."""

    node_id: str | None


@dataclass(frozen=True, slots=True)
class Events:
    """Look at the newest entries of the log."""

    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """Change what the selected visit goes on with; `name` is that of a variable."""

    target: Target
    value: Any
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Have the selected visit come to an output without doing its work."""

    output: Any


@dataclass(frozen=True, slots=True)
class Pause:
    """Let nothing more begin."""


@dataclass(frozen=True, slots=True)
class Select:
    """Mean another one of the visits that have stopped, by its number or its name."""

    which: str


@dataclass(frozen=True, slots=True)
class Help:
    """Tell of all commands, or of one."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave; without a parting somebody has to say what becomes of the run."""

    parting: Parting | None


Command: TypeAlias = (
    Step
    | StepOut
    | Continue
    | RunTo
    | Break
    | Clear
    | Show
    | Why
    | Attempts
    | Events
    | Change
    | Skip
    | Pause
    | Select
    | Help
    | Quit
)


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a command is written: its name, its letter, what follows it, and what it is for."""

    name: str
    letter: str
    more: str
    help: str

    @property
    def line(self) -> str:
        """The same in one line."""
        return f"{f'{self.name} {self.more}'.rstrip():<50} {self.letter}  {self.help}"


SYNTAX: Final = (
    Syntax("step", "s", "", "let the selected visit go on, stop at what follows it"),
    Syntax("into", "i", "", "step into a container or a sub-workflow"),
    Syntax("out", "o", "", "finish the body around the visit, stop after its container"),
    Syntax("continue", "c", "", "let all go on, up to a breakpoint"),
    Syntax("run-to", "u", "NODE", "let all go on, stop once before a node"),
    Syntax("retry", "r", "", "try once more what has failed"),
    Syntax("skip", "x", "JSON", "have the visit come to an output without its work"),
    Syntax("edit", "e", "input|output|var NAME JSON", "change what the visit goes on with"),
    Syntax("pause", "p", "", "let nothing more begin; so does Ctrl-C"),
    Syntax("break", "b", "NODE [after|error|edge] [if EXPR] [hits N]", "set a breakpoint"),
    Syntax("clear", "d", "ID", "remove a breakpoint"),
    Syntax("breakpoints", "B", "", "list the breakpoints"),
    Syntax("stops", "l", "", "list the visits that have stopped"),
    Syntax("select", "f", "NUMBER|NODE", "mean another visit that has stopped"),
    Syntax("state", "t", "", "how all nodes stand"),
    Syntax("vars", "v", "", "the variables"),
    Syntax("tokens", "k", "", "where tokens lie, and who waits for what"),
    Syntax("why", "w", "NODE", "the decisions about the edges to and from a node"),
    Syntax("attempts", "a", "[NODE]", "the attempts that failed"),
    Syntax("events", "n", "[COUNT]", "the newest entries of the log"),
    Syntax("help", "h", "[COMMAND]", "this list"),
    Syntax("quit", "q", "[leave|cancel]", "leave the run where it is, or cancel it"),
)
"""All commands, in the order in which they are shown."""
