"""Whatever JSON holds, it is examined or refused with problems; nothing else ever happens."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow_compiler import DefinitionError, check, parse, plan
from workflow_compiler.definition import read

IDS = st.sampled_from(["a", "b", "c", "input", "__start__", "a|b", "\ud800", "", "x" * 201])
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *(
                "{{ a.output }}",
                "a.output.b > 1",
                "{{ nodes['b'].output | default(1) }}",
                "{{",
                "1 +",
            ),
            *("a.visit % 2 == 0", "nodes['c'].status", "vars.x", "(" * 50, "a.output if b else c"),
        ]
    ),
)
RUBBISH = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, IDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(TEXTS, IDS), inner, max_size=4)
    ),
    max_leaves=12,
)


def some(likely: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what belongs there, now and then anything."""
    return st.integers(0, 9).flatmap(lambda n: RUBBISH if n == 0 else likely)


CONFIG = some(
    st.dictionaries(
        st.sampled_from(
            ["expression", "template", "values", "cases", "default", "function", "prompt", "model"]
        ),
        some(st.one_of(TEXTS, st.dictionaries(IDS, TEXTS, max_size=2))),
        max_size=3,
    )
)
TYPES = st.sampled_from(
    ["start", "end", "transform", "template", "set", "condition", "router", "llm", "python", "no"]
)
NODE = st.fixed_dictionaries(
    {"id": some(IDS), "type": some(TYPES)},
    optional={
        "config": CONFIG,
        "join": some(st.sampled_from(["all", "any"])),
        "routing": some(st.sampled_from(["all", "first"])),
        "retry": some(st.dictionaries(st.sampled_from(["max_attempts", "on"]), RUBBISH)),
        "next": some(st.one_of(IDS, st.dictionaries(st.sampled_from(["true", "error"]), IDS))),
        "data": CONFIG,
    },
)
EDGE = st.fixed_dictionaries(
    {"source": some(IDS), "target": some(IDS)},
    optional={
        "id": some(IDS),
        "condition": some(TEXTS),
        "default": some(st.booleans()),
        "on": some(st.just("error")),
        "sourceHandle": some(st.sampled_from(["true", "false", "default", "error"])),
    },
)
DOCUMENT = st.fixed_dictionaries(
    {"name": some(st.just("x")), "nodes": some(st.lists(some(NODE), min_size=1, max_size=6))},
    optional={
        "edges": some(st.lists(some(EDGE), max_size=8)),
        "variables": some(st.dictionaries(IDS, RUBBISH, max_size=2)),
        "output": some(st.dictionaries(IDS, some(TEXTS), max_size=2)),
        "input_schema": RUBBISH,
        "limits": some(st.dictionaries(st.just("max_steps"), RUBBISH)),
        "ui": RUBBISH,
    },
)
BOUNDED = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def examine(document: Any) -> None:
    """Go as far as the document lets us; whatever is refused says why, with addresses."""
    try:
        definition = parse(document)
        assert not definition.source.faults
        problems = check(definition)
        plan(definition)
    except DefinitionError as error:
        problems = error.problems
        assert problems
    assert all(problem.code and problem.message for problem in problems)


@BOUNDED
@given(RUBBISH)
def test_anything(document: Any):
    examine(document)


@BOUNDED
@given(DOCUMENT)
def test_what_looks_like_a_definition(document: Any):
    examine(document)


@BOUNDED
@given(DOCUMENT)
def test_what_is_left_of_a_definition_is_one(document: Any):
    """Reading what could be read a second time finds no fault any more."""
    try:
        first = read(document)
    except DefinitionError:
        return
    assert not read(dict(first.canonical())).source.faults


@BOUNDED
@given(st.one_of(DOCUMENT.map(lambda document: json.dumps(document, indent=1)), st.text()))
def test_any_text(text: str):
    examine(text)


@pytest.mark.slow
@settings(BOUNDED, max_examples=1_000)
@given(DOCUMENT)
def test_what_looks_like_a_definition_for_long(document: Any):
    examine(document)
