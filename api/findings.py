"""What is wrong with something, as clients read it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from workflow_compiler import Problem
from workflow_compiler.errors import Severity


class Answer(BaseModel):
    """Base of what the server sends."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Finding(Answer):
    """One thing that is wrong, with its address."""

    pointer: str = Field(
        description="JSON pointer (RFC 6901) into the definition, the input, the answer or "
        "the body.",
        examples=["/edges/3/condition"],
    )
    code: str = Field(description="Stable name of what is wrong.", examples=["unknown-type"])
    detail: str = Field(description="The same for people.")
    hint: str | None = Field(None, description="How to mend it.")
    severity: Severity = Field(
        Severity.ERROR, description="A warning does not keep a definition from being used."
    )
    node_id: str | None = Field(None, description="The node that it is about.")
    edge_id: str | None = Field(None, description="The edge that it is about.")
    path: str | None = Field(None, description="The item inside containers, of a visit.")
    visit: int | None = Field(None, description="Which visit of the node, where it is about one.")
    line: int | None = Field(None, description="Line from 1, where the source was text.")
    column: int | None = Field(None, description="Column from 1, where the source was text.")

    @classmethod
    def of_problem(cls, problem: Problem) -> Finding:
        """A problem of a definition."""
        return cls(
            pointer=problem.pointer,
            code=problem.code,
            detail=problem.message,
            hint=problem.hint,
            severity=problem.severity,
            node_id=problem.node_id,
            edge_id=problem.edge_id,
            line=problem.line,
            column=problem.column,
        )


def findings_of(problems: Sequence[Problem]) -> list[Finding]:
    """Problems of a definition as clients read them."""
    return [Finding.of_problem(problem) for problem in problems]
