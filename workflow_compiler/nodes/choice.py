"""`condition` and `router`: nodes that only decide which way to go.

They do nothing themselves. Their config says the cases; the compiler turns those into routes of the
plan, so a decision is taken, stored and explained exactly as that of a conditional edge.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from workflow_compiler.ports import NodeContext
from workflow_compiler.registry import NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language
from workflow_compiler.registry.node_type import Case, Cases, Fault

ERROR_HANDLE: Final = "error"
"""What an edge with this handle says already: that it is taken when its source failed."""


async def _nothing(config: NodeConfig, context: NodeContext) -> None:
    """Leave all to the routes of the plan, which also set the output: {"route": handle}."""
    del config, context


class ConditionConfig(NodeConfig):
    """Config of `condition`."""

    expression: Annotated[str, Language.LITERAL] = Field(
        description="Leads to the edges with the handle 'true' when it holds, else to 'false'."
    )


def _if_else(config: ConditionConfig) -> tuple[Case, ...]:
    return (Case(handle="true", expression=config.expression, pointer="/expression"),)


def _false(config: Any) -> str | None:
    del config
    return "false"


CONDITION = NodeType(
    name="condition",
    description="If/else: leaves by its handle 'true' or 'false'.",
    config=ConditionConfig,
    behaviour=_nothing,
    work=Work.COMPUTING,
    cases=Cases(of=_if_else, otherwise=_false),
)


class RouterCase(NodeConfig):
    """One case of a router."""

    handle: str = Field(min_length=1, description="The handle of the edges that it opens.")
    when: str = Field(description="An expression.")


class RouterConfig(NodeConfig):
    """Config of `router`."""

    cases: Annotated[tuple[RouterCase, ...], Language.LITERAL] = Field(
        description="Judged in order; the first one that holds wins."
    )
    default: Annotated[str | None, Language.LITERAL] = Field(
        None, description="The handle to leave by when no case holds."
    )


def _cases(config: RouterConfig) -> tuple[Case, ...]:
    return tuple(
        Case(handle=case.handle, expression=case.when, pointer=f"/cases/{index}/when")
        for index, case in enumerate(config.cases)
    )


def _default(config: RouterConfig) -> str | None:
    return config.default


def _reserved(config: RouterConfig) -> tuple[Fault, ...]:
    """No case has the handle of the error edges: nobody could draw an edge for it."""
    named = [(f"/cases/{index}/handle", case.handle) for index, case in enumerate(config.cases)]
    return tuple(
        Fault(
            code="reserved-handle",
            message="edges with the handle 'error' are taken when the node has failed",
            pointer=pointer,
            hint="give the case another handle, and its edges too",
        )
        for pointer, handle in [*named, ("/default", config.default)]
        if handle == ERROR_HANDLE
    )


ROUTER = NodeType(
    name="router",
    description="Ordered cases: leaves by the handle of the first that holds.",
    config=RouterConfig,
    behaviour=_nothing,
    work=Work.COMPUTING,
    cases=Cases(of=_cases, otherwise=_default),
    review=_reserved,
)
