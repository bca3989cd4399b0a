from __future__ import annotations

import inspect

import pytest

from api import errors as request_errors
from api.problems import INTERNAL, KINDS, kind_of, problem_document
from services import errors
from services.errors import InputError, InputProblem, RunNotFoundError, ServiceError
from workflow_compiler import DefinitionError, Problem

INSIDE = {
    "AccessError",
    "ServiceError",
    "NotFoundError",
    "ConflictError",
    "DatabaseDriverError",
    "DatabaseUnavailableError",
    "NestingError",
    "OutcomeUnknownError",
    "FunctionsError",
    "DispatchError",
    "HttpAllowError",
    "KeyringSecretError",
    "NodeTypesError",
    "SubscriberError",
    "TelemetryError",
    "ToolsError",
    "LeaseLostError",
    "UnreadableEventError",
    "RequestError",
}
"""Families, and what no request can cause."""


def public_errors() -> list[type[Exception]]:
    return [
        member
        for module in (errors, request_errors)
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Exception) and member.__name__ not in INSIDE
    ]


@pytest.mark.parametrize("error", public_errors())
def test_every_error_of_a_request_has_a_kind_of_its_own(error: type[Exception]) -> None:
    assert KINDS[error] is not INTERNAL


def test_no_two_kinds_share_a_name() -> None:
    names = [kind.name for kind in KINDS.values()]
    assert len(set(names)) == len(names)


def test_an_error_is_told_with_its_own_words() -> None:
    document = problem_document(RunNotFoundError("r1"))
    assert document.model_dump(exclude_none=True) == {
        "type": "urn:workflow:problem:run-not-found",
        "title": "No such run",
        "status": 404,
        "detail": "no run 'r1'",
    }


@pytest.mark.parametrize("error", [ValueError("secret"), ServiceError("secret")])
def test_what_is_not_in_the_table_stays_inside(error: Exception) -> None:
    assert kind_of(error) is INTERNAL
    assert "secret" not in problem_document(error).model_dump_json()


def test_a_definition_error_says_every_problem() -> None:
    problems = [
        Problem(code="a", message="first", pointer="/nodes/0", node_id="n", hint="mend it"),
        Problem(code="b", message="second", pointer="/edges/1", line=3, column=7),
    ]
    document = problem_document(DefinitionError(problems))
    assert document.detail == "the definition has 2 problems"
    assert [finding.model_dump(exclude_none=True) for finding in document.errors or ()] == [
        {
            "pointer": "/nodes/0",
            "code": "a",
            "detail": "first",
            "hint": "mend it",
            "severity": "error",
            "node_id": "n",
        },
        {
            "pointer": "/edges/1",
            "code": "b",
            "detail": "second",
            "severity": "error",
            "line": 3,
            "column": 7,
        },
    ]


def test_an_input_error_says_where() -> None:
    problem = InputProblem(pointer="/name", code="type", detail="7 is not a string")
    document = problem_document(InputError([problem]))
    assert document.status == 422
    assert [finding.pointer for finding in document.errors or ()] == ["/name"]
