"""JSON Schema on schemas and values that strangers wrote."""

from __future__ import annotations

from typing import Any

import pytest

from workflow_compiler.json_schema import Mismatch, mismatches, schema_fault

TREE: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "part_of_the_reason"),
    [
        ({"type": "objec"}, "objec"),
        ({"$ref": "http://example.org/schema.json"}, "leads nowhere"),
        ({"properties": {"a": {"$ref": "#/$defs/missing"}}}, "leads nowhere"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"properties": {"a": {"pattern": "(?=x)"}}}, "cannot be used"),
        ({"patternProperties": {"(?=a)": {}}}, "cannot be used"),
        ({"$id": "file:///etc/passwd"}, "not supported"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(schema: dict[str, Any], part_of_the_reason: str):
    assert part_of_the_reason in (schema_fault(schema) or "")


@pytest.mark.parametrize("schema", [{}, TREE, {"properties": {"a": {"pattern": "^x+$"}}}])
def test_a_sound_schema_has_no_fault(schema: dict[str, Any]):
    assert schema_fault(schema) is None


def test_all_mismatches_are_found_with_their_places():
    schema = {
        "type": "object",
        "required": ["b"],
        "properties": {"a": {"type": "string", "pattern": "^x+$"}},
        "patternProperties": {"^n_": {"type": "number"}},
    }
    assert {(m.pointer, m.code) for m in mismatches(schema, {"a": "y", "n_1": "no"})} == {
        ("", "required"),
        ("/a", "pattern"),
        ("/n_1", "type"),
    }


def test_references_inside_a_schema_are_followed():
    assert mismatches(TREE, {"children": [{"children": []}]}) == ()
    assert mismatches(TREE, {"children": [3]})[0].pointer == "/children/0"


def test_a_pattern_that_would_take_for_ever_elsewhere_is_judged_at_once():
    assert mismatches({"pattern": "^(a+)+$"}, "a" * 50_000 + "b")[0].code == "pattern"


def test_a_schema_that_never_ends_is_a_mismatch_and_no_crash():
    endless = {"allOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": {"allOf": [{"$ref": "#"}]}}}
    assert mismatches(endless, 1) == (
        Mismatch(pointer="", code="$ref", message="too deep to be validated"),
    )
