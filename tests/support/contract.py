"""What Schemathesis checks beyond its own checks."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, GenerationMode, Response

PROBLEM = "application/problem+json"
BETWEEN_FIELDS = "value_error"


@schemathesis.check
def errors_are_problem_documents(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    """RFC 9457 everywhere, also where the framework answers."""
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == [PROBLEM], case.operation.label
    document = response.json()
    assert document["status"] == response.status_code
    assert document["type"].startswith("urn:workflow:problem:")


@schemathesis.check
def what_fits_the_document_is_a_valid_request(
    _context: CheckContext, response: Response, case: Case[Any]
) -> None:
    """Only rules that no schema can say refuse what fits the schema."""
    meta: Any = case.meta
    if meta is None or meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code == 422 and response.json()["type"].endswith(":invalid-request"):
        codes = [error["code"] for error in response.json()["errors"]]
        assert codes == [BETWEEN_FIELDS], (case.operation.label, codes)
