"""The types of the TypeScript client say what the schemas say."""

from __future__ import annotations

import pytest

from docs.typescript import event_types, rest_types

TREE = {
    "description": "A tree.",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "size": {"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]},
        "kind": {"enum": ["oak", "ash"], "type": "string"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}, {}]},
        "page": {"$ref": "#/components/schemas/Page_Tree_"},
        "free": {"type": "object", "additionalProperties": True},
        "empty": {"type": "object", "properties": {}},
    },
    "required": ["name", "size"],
}

TYPE = """/** A tree. */
export interface Tree {
  readonly name: string;
  readonly size: number | null;
  readonly kind?: "oak" | "ash";
  readonly parts?: readonly Tree[];
  readonly pair?: readonly [string, Json];
  readonly page?: Page<Tree>;
  readonly free?: Readonly<Record<string, Json>>;
  readonly empty?: Readonly<Record<string, never>>;
}
"""


def test_a_schema_is_written_field_by_field() -> None:
    written = rest_types({"components": {"schemas": {"Tree": TREE, "Page_Tree_": {}}}})
    assert TYPE in written
    assert "Page_Tree_" not in written


def test_events_are_one_of_all_types() -> None:
    union = {"oneOf": [{"$ref": "#/$defs/Tree"}, {"$ref": "#/$defs/Leaf"}]}
    written = event_types(union | {"$defs": {"Tree": TREE, "Leaf": {"const": "leaf"}}})
    assert "export type Event = Tree | Leaf;" in written
    assert 'export type Leaf = "leaf";' in written


def test_what_no_schema_has_said_so_far_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="no TypeScript"):
        event_types({"$defs": {"Odd": {"allOf": []}}})
