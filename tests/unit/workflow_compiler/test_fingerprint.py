"""What a definition is, apart from how it looks."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.workflow_compiler.running import edge, node, workflow
from workflow_compiler import Registry, default_registry, parse
from workflow_compiler.fingerprint import fingerprint

NODES = (node("a"), node("b"), node("c"))
EDGES = (
    edge("a", "b", condition="input.x"),
    edge("a", "c", condition="input.y"),
    edge("b", "c", default=True),
)


def of(document: dict[str, Any], registry: Registry | None = None) -> str:
    return fingerprint(parse(document), registry or default_registry())


def test_it_is_a_sha_256():
    assert len(of(workflow(*NODES, edges=EDGES))) == 64


@pytest.mark.parametrize(
    "same",
    [
        workflow(*NODES[::-1], edges=EDGES),
        workflow(*NODES, edges=(EDGES[2], *EDGES[:2])),
        workflow(*NODES, edges=EDGES, viewport={"x": 1}),
        workflow({**NODES[0], "position": {"x": 1}}, *NODES[1:], edges=EDGES),
        workflow(*NODES, edges=({**EDGES[0], "animated": True}, *EDGES[1:])),
        workflow({**NODES[0], "pinned": {"x": 1}}, *NODES[1:], edges=EDGES),
        workflow(*NODES, edges=EDGES, schema_version=1, limits={"max_steps": 1000}),
    ],
    ids=["nodes", "edges", "viewport", "position", "edge style", "pin", "defaults"],
)
def test_what_does_not_count(same: dict[str, Any]):
    assert of(same) == of(workflow(*NODES, edges=EDGES))


@pytest.mark.parametrize(
    "other",
    [
        workflow(*NODES, edges=(EDGES[1], EDGES[0], EDGES[2])),
        workflow(*NODES, edges=EDGES[:2]),
        workflow(node("a", expression="2"), *NODES[1:], edges=EDGES),
        workflow(node("a", name="First"), *NODES[1:], edges=EDGES),
        workflow({**NODES[0], "cache": {"ttl_seconds": 1}}, *NODES[1:], edges=EDGES),
        workflow(*NODES, edges=EDGES, output={"x": 1}),
    ],
    ids=["conditional order", "an edge", "a config", "a name", "a cache", "output"],
)
def test_what_counts(other: dict[str, Any]):
    assert of(other) != of(workflow(*NODES, edges=EDGES))


def test_the_versions_of_the_types_in_use_count():
    registry = default_registry()
    newer = registry.with_types(replace(registry.types["transform"], version=2))
    unused = registry.with_types(replace(registry.types["llm"], version=2))
    document = workflow(*NODES, edges=EDGES)
    assert of(document, newer) != of(document, registry) == of(document, unused)


def test_half_a_surrogate_pair_has_a_fingerprint_too():
    assert len(of(workflow(node("a", "template", template="\ud800")))) == 64
