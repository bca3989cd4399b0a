"""What all kinds of documents are made of."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

from api.findings import Answer, Finding

Item = TypeVar("Item")


def _no_nul(value: str) -> str:
    """SQLite takes a text for over where a NUL is: it would find whatever begins alike."""
    if "\0" in value:
        raise ValueError("leave out the NUL: no text holds one")
    return value


Text = Annotated[str, AfterValidator(_no_nul)]
"""A text that is looked for in the database."""


JsonInt = Annotated[int, Strict()]
"""A number in a body, where a text or a truth is none; in an address all is text."""

JsonBool = Annotated[bool, Strict()]
"""A truth in a body, where `"yes"` and 1 are none."""


class Question(BaseModel):
    """Base of what clients send: closed, so that a misspelt key is told and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Answer, Generic[Item]):
    """Some items of a list."""

    items: list[Item] = Field(description="The items of this page, in the order of the list.")
    next_cursor: str | None = Field(
        description="Give it as `cursor` to get the next page; null on the last one."
    )


class ProblemDocument(Answer):
    """An error as RFC 9457 has it."""

    type: str = Field(
        description="Stable URN of the kind of error.",
        examples=["urn:workflow:problem:run-not-found"],
    )
    title: str = Field(description="What the kind is called.", examples=["No such run"])
    status: int = Field(description="The HTTP status, once more.", examples=[404])
    detail: str = Field(description="What is wrong this time.", examples=["no run '0199…'"])
    errors: list[Finding] | None = Field(
        None, description="Everything that is wrong, where one sentence cannot say it."
    )


class Health(Answer):
    """That the server answers."""

    status: Literal["ok"] = Field("ok", description="Always `ok`; an error is a problem document.")


class Part(Answer):
    """Something that the server needs."""

    name: str = Field(description="What it is.", examples=["database"])
    facts: dict[str, float] | None = Field(description="Numbers about it; null without any.")


class Readiness(Health):
    """That the server can work, and what it found when it looked."""

    parts: list[Part] = Field(description="What it needs, all of which is ready.")
