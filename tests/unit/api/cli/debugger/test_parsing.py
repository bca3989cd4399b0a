from __future__ import annotations

from typing import Any

import pytest

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
    Quit,
    RunTo,
    Select,
    Show,
    Skip,
    Step,
    Topic,
    Why,
)
from api.cli.debugger.parsing import parse_breakpoint, parse_command, parse_pin
from services.domain.events.stops import BreakOn, Breakpoint, Going, Pinned, Target


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("step", Step(Going.OVER)),
        ("  s  ", Step(Going.OVER)),
        ("into", Step(Going.INTO)),
        ("retry", Step(Going.OVER, again=True)),
        ("c", Continue()),
        ("run-to pay", RunTo("pay")),
        ("u 'two words'", RunTo("two words")),
        ("clear 2", Clear("2")),
        ("breakpoints", Show(Topic.BREAKPOINTS)),
        ("t", Show(Topic.STATE)),
        ("why pay", Why("pay")),
        ("attempts", Attempts(None)),
        ("a pay", Attempts("pay")),
        ("events", Events(10)),
        ("n 3", Events(3)),
        ('edit input {"a": [1, "b c"]}', Change(Target.INPUT, {"a": [1, "b c"]})),
        ("edit output null", Change(Target.OUTPUT, None)),
        ("e var seen [1]", Change(Target.VARIABLE, [1], "seen")),
        ('skip {"a": 1}', Skip({"a": 1})),
        ("f loop[0].one#2", Select("loop[0].one#2")),
        ("help", Help(None)),
        ("h b", Help("break")),
        ("quit", Quit(None)),
        ("q cancel", Quit(Parting.CANCEL)),
    ],
)
def test_a_line_is_a_command(line: str, command: Command) -> None:
    assert parse_command(line) == command


@pytest.mark.parametrize("line", ["", "   ", "# a word about it", "  #step"])
def test_comments_and_empty_lines_are_nothing(line: str) -> None:
    assert parse_command(line) is None


@pytest.mark.parametrize(
    ("text", "breakpoint_"),
    [
        ("a", {"node_id": "a"}),
        ("a after", {"node_id": "a", "on": BreakOn.AFTER}),
        ("a:after", {"node_id": "a", "on": BreakOn.AFTER}),
        ("* error", {"on": BreakOn.ERROR}),
        ("a->b:true edge", {"edge_id": "a->b:true", "on": BreakOn.EDGE}),
        ("a if a.visit > 2", {"node_id": "a", "condition": "a.visit > 2"}),
        (
            "a:error if x == 'if y'",
            {"node_id": "a", "on": BreakOn.ERROR, "condition": "x == 'if y'"},
        ),
        ("'my node' hits 3", {"node_id": "my node", "hits": 3}),
        (
            "a after if x > 1 hits 2",
            {"node_id": "a", "on": BreakOn.AFTER, "condition": "x > 1", "hits": 2},
        ),
    ],
)
def test_a_breakpoint_is_written_in_one_line(text: str, breakpoint_: dict[str, Any]) -> None:
    assert parse_breakpoint(text) == Breakpoint(id="", **breakpoint_)
    assert parse_command(f"break {text}") == Break(Breakpoint(id="", **breakpoint_))


def test_a_pin_is_a_node_and_its_output() -> None:
    assert parse_pin('a={"b": "c=d"}') == Pinned(node_id="a", output={"b": "c=d"})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("stpe", "did you mean 'step'?"),
        ("?", "`help` lists them"),
        ("step twice", "nothing follows `step`"),
        ("run-to", "it is written `run-to NODE`"),
        ("run-to a b", "it is written `run-to NODE`"),
        ("break", "it is written `break NODE"),
        ("break a sometimes", "it is written `break NODE"),
        ("break a:after error", "it is written `break NODE"),
        ("edit", "it is written `edit input|output|var NAME JSON`"),
        ("edit var seen", "it is written `edit input|output|var NAME JSON`"),
        ("edit config {}", "it is written `edit input|output|var NAME JSON`"),
        ("edit input {", "no JSON"),
        ("skip", "it is written `skip JSON`"),
        ("skip NaN", "NaN"),
        ("events many", "a number from 1 to 9999"),
        ("help me", "no command 'me'"),
        ("quit now", "it is written `quit [leave|cancel]`"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(line: str, told: str) -> None:
    with pytest.raises(CommandError) as raised:
        parse_command(line)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["a", "=1", "a={"])
def test_a_wrong_pin_is_told(text: str) -> None:
    with pytest.raises(CommandError):
        parse_pin(text)


def test_names_and_letters_are_all_different() -> None:
    words = [word for syntax in SYNTAX for word in (syntax.name, syntax.letter)]
    assert len(words) == len(set(words))
