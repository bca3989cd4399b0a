"""Writes the pages that the code itself knows best: `python -m docs.generate`, or `make docs`.

A test compares what lies in the repository with what this program would write today.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.app import create_app
from api.definition_schema import definition_schema
from api.event_schema import event_schema
from api.live.asyncapi import asyncapi
from api.samples import sample_documents
from docs.expression_errors import expression_errors_page
from docs.metrics import metrics_page
from docs.problems import problems_page
from docs.typescript import event_types, rest_types
from services.bootstrap import open_services
from services.settings import Settings
from workflow_compiler import NodeType, Registry, default_registry, parse
from workflow_compiler.registry import Work
from workflow_compiler.registry.config import Language, languages

ROOT = Path(__file__).parents[1]

Schema = Mapping[str, Any]

_READ_AS = {
    Language.TEMPLATE: "template",
    Language.EXPRESSION: "expression",
    Language.LITERAL: "no template",
}

_CLIENT = "dashboard/src/client"

_MARK = "<!-- Written by `make docs`; change the code instead. -->"

_NODES_IN_THE_WORLD: tuple[dict[str, Any], ...] = (
    {
        "id": "order",
        "type": "http",
        "config": {"url": "https://shop.example/orders/{{ input.order }}", "fail_on_status": True},
    },
    {
        "id": "forecast",
        "type": "tool",
        "config": {"tool": "weather", "arguments": {"city": "{{ input.city }}"}},
    },
    {
        "id": "advise",
        "type": "agent",
        "config": {
            "model": "openai:gpt-5",
            "prompt": "What should I wear in {{ input.city }}?",
            "tools": ["weather"],
        },
    },
    {
        "id": "tell",
        "type": "emit",
        "config": {"name": "order.paid", "data": {"order": "{{ input.order }}"}},
    },
    {
        "id": "refuse",
        "type": "fail",
        "config": {"type": "VALIDATION", "message": "no order {{ input.order }}"},
    },
)
"""Examples of the types that no sample has, since samples run without a world around them."""


def main() -> None:
    """Write every generated page."""
    for path, text in pages().items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


def pages() -> dict[str, str]:
    """The text of every generated page, by its place in the repository."""
    openapi = asyncio.run(_openapi())
    return {
        "docs/reference/node-types.md": node_types_page(default_registry()),
        "docs/reference/settings.md": settings_page(),
        "docs/reference/metrics.md": metrics_page(),
        "docs/reference/problems.md": problems_page(ROOT / "fixtures" / "broken"),
        "docs/reference/expression-errors.md": expression_errors_page(),
        "docs/reference/openapi.json": _json(openapi),
        "docs/reference/asyncapi.json": _json(asyncapi()),
        "docs/reference/definition.schema.json": _json(definition_schema()),
        "docs/reference/event.schema.json": _json(event_schema()),
        f"{_CLIENT}/rest-types.ts": rest_types(openapi),
        f"{_CLIENT}/event-types.ts": event_types(event_schema()),
        "THIRD_PARTY.md": third_party_page(),
    }


def node_types_page(registry: Registry) -> str:
    """What every node type does and what its config takes."""
    head = f"""{_MARK}
# Node types

What a node's `type` may be, and what belongs into its `config`. The same list, with the JSON Schema
of every config, is served at `GET /api/v1/node-types`.

The column *strings* says whether the strings of a key may be templates with `{{{{ holes }}}}`, are
[expressions](../expressions.md), or have no holes. Where a sample workflow uses a type, the example
is a node of it.
"""
    examples = _examples()
    sections = [_node_type(registry.types[name], examples[name]) for name in sorted(registry.types)]
    return "\n".join([head, *sections])


def settings_page() -> str:
    """Every setting with its default."""
    rows = [
        f"| `WORKFLOW_{name.upper()}` | {_value(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = f"""{_MARK}
# Settings

Environment variables, or lines of a `.env` file in the working directory; flags of the command line
win over both. `workflow doctor` shows what is in force and where each value comes from.

| variable | default | meaning |
| --- | --- | --- |"""
    return "\n".join([head, *rows, ""])


def third_party_page() -> str:
    """The licences of what the project needs to run."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    rows = [_package(requirement) for requirement in project["dependencies"]]
    head = f"""{_MARK}
# Third-party software

The JavaScript packages that the page in `api/static/` contains are listed, with the full texts of
their licences, in [api/static/licenses.txt](api/static/licenses.txt).

The Python packages below are required at run time. They are installed by the package manager and
are no part of this distribution; `uv.lock` names every package that they need in turn.

| package | required | licence | source |
| --- | --- | --- | --- |"""
    optional = """
Extras bring these along, if they are asked for.

| package | required | licence | source |
| --- | --- | --- | --- |"""
    extras = [
        _package(name) for extra in project["optional-dependencies"].values() for name in extra
    ]
    return "\n".join([head, *rows, optional, *extras, ""])


def _examples() -> Mapping[str, str]:
    """For each type of node the shortest one of the samples, as JSON."""
    found: dict[str, str] = {}
    documents = [sample.document for sample in sample_documents()]
    for document in [*documents, {"name": "the world", "nodes": _NODES_IN_THE_WORLD}]:
        for node in parse(dict(document)).nodes:
            parts = node.model_dump(include={"id", "type", "config"}, exclude_defaults=True)
            text = json.dumps(parts, indent=2, ensure_ascii=False)
            found[node.type] = min(found.get(node.type, text), text, key=len)
    return found


def _node_type(node_type: NodeType, example: str) -> str:
    schema = node_type.config.model_json_schema()
    rows = list(_config_rows(node_type, schema))
    table = [
        "| key | type | default | strings | meaning |",
        "| --- | --- | --- | --- | --- |",
        *rows,
    ]
    lines = [
        f"## `{node_type.name}`",
        "",
        node_type.description,
        "",
        f"Version {node_type.version}. {_time_of(node_type)}",
        "",
        *(table if rows else ["It takes no config."]),
        "",
        "```json example",
        example,
        "```",
        "",
    ]
    return "\n".join(lines)


def _time_of(node_type: NodeType) -> str:
    match node_type.work:
        case Work.IO if node_type.slots:
            return "It takes as long as what is inside of it, if nothing else is said."
        case Work.IO:
            seconds = node_type.default_timeout_seconds
            return f"An attempt may take {seconds:g} s if nothing else is said."
        case Work.WAITING:
            return "It leaves the work to others; a timer runs only when the node asks for one."
        case Work.COMPUTING:
            return "It computes at once, within the bounds of its language; no timer runs."


def _config_rows(node_type: NodeType, schema: Schema) -> Iterator[str]:
    required = schema.get("required", ())
    for name, language, _ in languages(node_type.config):
        part = schema["properties"][name]
        default = "required" if name in required else f"`{json.dumps(part.get('default', {}))}`"
        meaning = part.get("description") or _bounds(part)
        yield f"| `{name}` | {_type(part, schema)} | {default} | {_READ_AS[language]} | {meaning} |"


def _type(part: Schema, schema: Schema) -> str:
    """A JSON Schema in a few words."""
    match part:
        case {"$ref": reference}:
            return _object(schema["$defs"][reference.rpartition("/")[2]])
        case {"anyOf": [*options]}:
            return " or ".join(_type(option, schema) for option in options)
        case {"type": "array", "items": items}:
            return f"list of {_type(items, schema)}"
        case {"type": kind}:
            return str(kind)
        case _:
            return "any"


def _object(part: Schema) -> str:
    """The keys of a nested object; those that may be left out in brackets."""
    required = part.get("required", ())
    keys = (key if key in required else f"[{key}]" for key in part.get("properties", ()))
    return f"`{{{', '.join(keys)}}}`" if "properties" in part else "any"


def _bounds(part: Schema) -> str:
    """What numbers are allowed, of a value that explains itself."""
    options = [part, *part.get("anyOf", ())]
    return next((f"from {o['minimum']} to {o['maximum']}" for o in options if "minimum" in o), "")


def _value(value: object) -> str:
    match value:
        case None | ():
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case _:
            return f"`{value}`"


def _package(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None, "requirements begin with a name"  # noqa: S101
    about = metadata(match[0])
    bounds = requirement.removeprefix(match[0]).partition("]")[2] or requirement[match.end() :]
    return f"| {match[0]} | `{bounds}` | {_licence(about)} | {_home(about)} |"


def _licence(about: PackageMetadata) -> str:
    """The licence by its SPDX name where the package gives one, else as it says it otherwise."""
    if expressions := about.get_all("License-Expression"):
        return ", ".join(expressions)
    names = [
        classifier.rpartition(" :: ")[2].removesuffix(" License")
        for classifier in about.get_all("Classifier") or ()
        if classifier.startswith("License ::")
    ]
    files = (f"its file `{name}`" for name in about.get_all("License-File") or ())
    return ", ".join(names or about.get_all("License") or files)


def _home(about: PackageMetadata) -> str:
    """Where the source is, as the package says it."""
    named = (link.split(", ", 1) for link in about.get_all("Project-URL") or ())
    by_name = {name.lower(): url for name, url in named}
    wanted = ("source", "source code", "repository", "github", "homepage")
    links = [by_name[name] for name in wanted if name in by_name]
    return str([*links, *(about.get_all("Home-page") or ()), *by_name.values()][0])


async def _openapi() -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{folder}/docs.db")
        async with open_services(settings, default_registry()) as services:
            return create_app(services).openapi()


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
