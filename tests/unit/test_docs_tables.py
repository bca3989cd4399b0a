"""The tables that are written by hand name all that there is, and nothing else."""

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from api.problems import KINDS
from docs.generate import ROOT
from services.domain.events.base import Event
from services.domain.events.vocabulary import ENVELOPE, EVENT_TYPES, Token
from workflow_compiler.errors import ErrorType

OF_THE_ROUTER = {"method-not-allowed", "Allow"}


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([\w.-]+)`", cell))


def table(page: str, heading: str) -> Iterator[list[str]]:
    """The rows of the table that begins with this heading."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    rows = text.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    assert rows
    yield from (row.split("|")[1:-1] for row in rows)


@pytest.mark.parametrize("kind", [*EVENT_TYPES.values(), Token], ids=lambda kind: kind.type)
def test_every_event_is_told_with_its_fields(kind: type[Event | Token]) -> None:
    rows = {row[0].strip(" `"): row[1] for row in table("events.md", "type | `data` | when")}
    assert words(rows[kind.type]) == {field.name for field in fields(kind)} - ENVELOPE


def test_every_problem_is_listed_beside_its_status() -> None:
    rows = table("api.md", "status | `type`, after `urn:workflow:problem:`")
    listed = {
        (int(status), name) for row in rows for status in numbers(row[0]) for name in words(row[1])
    }
    assert {(kind.status, kind.name) for kind in KINDS.values()} <= listed
    assert {name for _, name in listed} == {kind.name for kind in KINDS.values()} | OF_THE_ROUTER


def numbers(cell: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d{3}", cell)]


def test_every_type_of_error_is_told() -> None:
    assert {name for row in table("semantics.md", "type | when") for name in words(row[0])} == set(
        ErrorType
    )
