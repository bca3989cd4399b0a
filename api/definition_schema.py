"""The JSON Schema of definitions, for editors and for people who write files."""

from __future__ import annotations

from typing import Any

from workflow_compiler import Definition


def definition_schema() -> dict[str, Any]:
    """The JSON Schema of the canonical form of a definition."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | Definition.model_json_schema(by_alias=False)
