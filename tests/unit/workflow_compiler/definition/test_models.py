"""The canonical form holds what it may hold, and nothing else."""

import pytest
from pydantic import ValidationError

from workflow_compiler import Definition
from workflow_compiler.definition import Edge, Limits, Node, Retry


@pytest.mark.parametrize(
    "kinds",
    [{"condition": "true", "default": True}, {"default": True, "on": "error"}],
)
def test_an_edge_is_of_one_kind(kinds: dict[str, object]):
    with pytest.raises(ValidationError, match="at most one of"):
        Edge.model_validate({"source": "a", "target": "b", **kinds})


@pytest.mark.parametrize("node_id", ["", "x" * 201])
def test_ids_have_a_length(node_id: str):
    with pytest.raises(ValidationError):
        Node(id=node_id, type="start")


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), 10**9])
def test_durations_are_positive_and_end(seconds: float):
    with pytest.raises(ValidationError):
        Node(id="a", type="start", timeout_seconds=seconds)


@pytest.mark.parametrize(
    "wrong", [{"max_attempts": 0}, {"backoff": 0.5}, {"jitter": 2}, {"on": ["NO_SUCH_TYPE"]}]
)
def test_a_retry_is_sane(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        Retry.model_validate(wrong)


def test_limits_are_positive():
    with pytest.raises(ValidationError):
        Limits(max_steps=0)


def test_models_are_frozen_and_closed():
    node = Node(id="a", type="start")
    with pytest.raises(ValidationError):
        node.id = "b"  # type: ignore[misc]  # that is the point
    with pytest.raises(ValidationError):
        Node.model_validate({"id": "a", "type": "start", "colour": "red"})


def test_a_later_schema_version_is_refused():
    with pytest.raises(ValidationError):
        Definition.model_validate({"name": "x", "schema_version": 2})


def test_the_canonical_form_leaves_defaults_out():
    node = {"id": "a", "type": "start"}
    definition = Definition.model_validate({"name": "x", "nodes": [node]})
    assert definition.canonical() == {"schema_version": 1, "name": "x", "nodes": [node]}
