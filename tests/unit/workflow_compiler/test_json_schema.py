"""JSON Schema on schemas and values that strangers wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workflow_compiler.json_schema import Mismatch, mismatches, schema_fault
from workflow_compiler.json_schema.validate import MAX_MISMATCHES

TREE: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        }
    },
}


DOUBLING: dict[str, Any] = {
    str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(60)
} | {"60": {}}
"""Each schema holds the next one twice."""


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
        ({"$ref": "#/default", "default": {"type": 1}}, "leads nowhere"),
        ({"$ref": "#/$defs/0", "$defs": DOUBLING}, "unfold into more than 10,000"),
        ({"allOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": {"not": {"$ref": "#"}}}}, "itself"),
        ({"properties": {str(n): {} for n in range(5_000)}}, "more than 5,000 schemas"),
        ({"patternProperties": {"a": {}}, "unevaluatedProperties": False}, "not supported beside"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(schema: dict[str, Any], part_of_the_reason: str):
    assert part_of_the_reason in (schema_fault(schema) or "")


@pytest.mark.parametrize(
    "schema",
    [
        {},
        TREE,
        {"properties": {"a": {"pattern": "^x+$"}}},
        {"properties": {"$id": {}, "pattern": {}, "$ref": {"type": "string"}}},
        {"const": {"$ref": "nowhere"}, "default": {"$id": "x"}, "examples": [{"pattern": "(?=a)"}]},
        {"enum": [{"$ref": 1}], "title": "data is no schema"},
        {"pattern": r"\pL", "definitions": {"a": {}}, "items": {"$ref": "#/definitions/a"}},
    ],
)
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


COUNTED = "this takes more than 1,000,000 steps to validate"
LEVEL = {"$ref": "#/$defs/level"}
MANY = 100_000


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"allOf": [{"type": "string"}] * 1_000}, ["x" * 1_000] * 1_000),
        ({"anyOf": [{"type": "string"}] * 1_000}, ["x" * 1_000] * 1_000),
        ({"items": {"enum": list(range(MANY))}}, [-1] * MANY),
        ({"items": {"allOf": [{}, {"minimum": 0}] * 1_000}}, [1] * MANY),
        (
            {"patternProperties": {f"^(a+)+{n}$": {} for n in range(1_000)}},
            {"a" * 100 + str(n): 1 for n in range(10_000)},
        ),
        (
            {**LEVEL, "$defs": {"level": {"items": {"allOf": [LEVEL, LEVEL]}}}},
            json.loads("[" * 60 + "]" * 60),
        ),
    ],
    ids=["messages", "alternatives", "enum", "items", "patterns", "doubling with the depth"],
)
def test_a_validation_that_would_take_too_long_ends(schema: dict[str, Any], value: object):
    assert schema_fault(schema) is None
    found = mismatches(schema, value)
    assert found[0].message == COUNTED or len(found) == MAX_MISMATCHES


@pytest.mark.parametrize(
    "value",
    [
        [{"a": n} for n in range(MANY)],
        [n * (2**61 - 1) for n in range(MANY)],
        [[n, str(n), None, 0.5, True] for n in range(20_000)],
    ],
    ids=["objects", "numbers with one hash", "lists"],
)
def test_many_different_items_are_told_apart_in_one_pass(value: list[Any]):
    assert mismatches({"uniqueItems": True}, value) == ()
    assert mismatches({"uniqueItems": True}, [*value, value[0]])[0].code == "uniqueItems"


def test_one_and_true_are_not_equal_but_one_and_a_float_are():
    assert mismatches({"uniqueItems": True}, [1, True, "1", [1], {"1": 1}, None]) == ()
    assert mismatches({"uniqueItems": True}, [1, 1.0])
    assert mismatches({"const": 1}, True)
    assert mismatches({"enum": [1.0]}, 1) == ()


@pytest.mark.parametrize(
    ("factor", "value", "fits"),
    [(0.1, 0.3, True), (0.5, 10**400, True), (3, 1e308, False), (2, True, True), (1e-300, 1, True)],
)
def test_multiples_are_decimal_and_of_any_size(factor: float, value: float, fits: bool):
    assert (mismatches({"multipleOf": factor}, value) == ()) is fits


def test_a_number_that_nobody_can_write_is_a_mismatch():
    assert mismatches({"type": "string"}, 10**5_000)[0].message == "a number in it is too long"


def test_properties_beside_patterns_are_found_in_linear_time():
    schema = {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}
    found = mismatches(schema, {"a" * 30: 1, "a" * 30 + "!": 1})
    assert [(m.code, "!" in m.message) for m in found] == [("additionalProperties", True)]


def test_nothing_that_goes_on_for_ever_is_said():
    found = mismatches({"items": {"type": "string"}}, [[0] * 1_000] * 1_000)
    assert len(found) == MAX_MISMATCHES
    assert all(len(mismatch.message) < 600 for mismatch in found)
