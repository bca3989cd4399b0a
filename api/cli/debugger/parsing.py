"""Reads what somebody types who debugs a run, and the flags that say the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from api.cli.debugger.commands import (
    SYNTAX,
    Attempts,
    Break,
    Change,
    Clear,
    Command,
    CommandError,
    Continue,
    Events,
    Help,
    Parting,
    Pause,
    Quit,
    RunTo,
    Select,
    Show,
    Skip,
    Step,
    StepOut,
    Syntax,
    Topic,
    Why,
)
from api.errors import JsonError
from api.strict_json import read_json
from services.domain.events.stops import BreakOn, Breakpoint, Going, Pinned, Target
from workflow_compiler.expressions.names import suggest

EVENTS_SHOWN: Final = 10

_NAME: Final = r"\"[^\"]*\"|'[^']*'|\S+"
_WORD: Final = re.compile(rf"({_NAME})\s*(.*)", re.DOTALL)
_KINDS: Final = "before|after|error|edge"
_BREAKPOINT: Final = re.compile(
    rf"(?P<place>{_NAME}?)(?::(?P<suffix>{_KINDS}))?(?:\s+(?P<word>{_KINDS}))?"
    r"(?:\s+if\s+(?P<condition>.+?))?(?:\s+hits\s+(?P<hits>\d{1,9}))?"
)
_ANY: Final = "*"


def parse_command(line: str) -> Command | None:
    """The command in a line; None where it is empty or a comment.

    Raises:
        CommandError: there is no such command, or it is not written like that.
    """
    name, _, rest = line.strip().partition(" ")
    if not name or name.startswith("#"):
        return None
    syntax = syntax_of(name)
    return _READERS[syntax.name](rest.strip())


def syntax_of(name: str) -> Syntax:
    """The command with this name or letter.

    Raises:
        CommandError: there is none.
    """
    for syntax in SYNTAX:
        if name in {syntax.name, syntax.letter}:
            return syntax
    hint = suggest(name, [syntax.name for syntax in SYNTAX])
    raise CommandError(f"no command {name!r}; {hint or '`help` lists them'}")


def parse_breakpoint(text: str) -> Breakpoint:
    """A breakpoint, still without an id: `NODE`, `NODE:after if EXPR`, `EDGE edge hits 3`.

    Raises:
        CommandError: it is not written like that.
    """
    found = _BREAKPOINT.fullmatch(text.strip())
    if found is None or (found["suffix"] and found["word"]):
        raise _miswritten("break")
    on = BreakOn(found["suffix"] or found["word"] or BreakOn.BEFORE)
    place = _unquoted(found["place"])
    return Breakpoint(
        id="",
        on=on,
        node_id=None if on is BreakOn.EDGE or place == _ANY else place,
        edge_id=place if on is BreakOn.EDGE else None,
        condition=found["condition"],
        hits=int(found["hits"] or 1),
    )


def parse_pin(text: str) -> Pinned:
    """What a node comes to in the run: `NODE=JSON`.

    Raises:
        CommandError: it is not written like that.
    """
    node_id, sign, output = text.partition("=")
    if not sign or not node_id:
        raise CommandError(f"a pin is NODE=JSON, not {text!r}")
    return Pinned(node_id=node_id, output=_json(output))


def _unquoted(word: str) -> str:
    is_quoted = len(word) > 1 and word[0] == word[-1] and word[0] in "\"'"
    return word[1:-1] if is_quoted else word


def _word(name: str, text: str) -> tuple[str, str]:
    """The first word, which may be quoted, and what follows it."""
    found = _WORD.fullmatch(text)
    if found is None:
        raise _miswritten(name)
    return _unquoted(found[1]), found[2]


def _json(text: str) -> Any:
    try:
        return read_json(text.encode(errors="surrogateescape"))
    except JsonError as error:
        raise CommandError(" ".join(error.detail.split())) from error


def _miswritten(name: str) -> CommandError:
    syntax = syntax_of(name)
    return CommandError(f"it is written `{name} {syntax.more}`")


def _alone(name: str, command: Command) -> Callable[[str], Command]:
    """A command that nothing follows."""

    def read(rest: str) -> Command:
        if rest:
            raise CommandError(f"nothing follows `{name}`, but there is {rest!r}")
        return command

    return read


def _with_name(name: str, made: Callable[[str], Command]) -> Callable[[str], Command]:
    """A command that one name follows."""

    def read(rest: str) -> Command:
        word, more = _word(name, rest)
        if more:
            raise _miswritten(name)
        return made(word)

    return read


def _change(rest: str) -> Command:
    word, rest = _word("edit", rest)
    match word:
        case "input" | "output" if rest:
            return Change(Target(word), _json(rest))
        case "var":
            name, value = _word("edit", rest)
            if value:
                return Change(Target.VARIABLE, _json(value), name)
        case _:
            pass
    raise _miswritten("edit")


def _skip(rest: str) -> Command:
    if not rest:
        raise _miswritten("skip")
    return Skip(_json(rest))


def _attempts(rest: str) -> Command:
    return Attempts(_word("attempts", rest)[0] if rest else None)


def _events(rest: str) -> Command:
    if rest and not re.fullmatch(r"[1-9]\d{0,3}", rest):
        raise CommandError(f"`events` takes a number from 1 to 9999, not {rest!r}")
    return Events(int(rest or EVENTS_SHOWN))


def _help(rest: str) -> Command:
    return Help(syntax_of(rest).name if rest else None)


def _quit(rest: str) -> Command:
    if rest and rest not in set(Parting):
        raise _miswritten("quit")
    return Quit(Parting(rest) if rest else None)


_READERS: Final[Mapping[str, Callable[[str], Command]]] = MappingProxyType(
    {
        "step": _alone("step", Step(Going.OVER)),
        "into": _alone("into", Step(Going.INTO)),
        "out": _alone("out", StepOut()),
        "continue": _alone("continue", Continue()),
        "run-to": _with_name("run-to", RunTo),
        "retry": _alone("retry", Step(Going.OVER, again=True)),
        "skip": _skip,
        "edit": _change,
        "pause": _alone("pause", Pause()),
        "break": lambda rest: Break(parse_breakpoint(rest)),
        "clear": _with_name("clear", Clear),
        "select": _with_name("select", Select),
        "why": _with_name("why", Why),
        "attempts": _attempts,
        "events": _events,
        "help": _help,
        "quit": _quit,
        **{str(topic): _alone(topic, Show(topic)) for topic in Topic},
    }
)
