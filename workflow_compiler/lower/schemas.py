"""The state schemas of the graphs: TypedDicts whose annotations are LangGraph channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypedDict

from workflow_compiler.definition import Variable
from workflow_compiler.lower.channel import SwallowingChannel, TokenChannel
from workflow_compiler.planning import Level, Plan
from workflow_compiler.ports import Write
from workflow_compiler.reducers import reduce_variables
from workflow_compiler.state import NodeRecord, newest


def token_channel(join: int) -> str:
    """The name of the channel that an inclusive join waits on."""
    return f"join~{join}"


def first_tokens(plan: Plan, level: Level) -> dict[str, Any]:
    """The first tokens of the joins that must see them, when the graph of a level begins."""
    return {
        token_channel(member.node): ((), entries)
        for member in level.members
        if member.node is not None
        and (rule := plan.joins.get(member.node))
        and (entries := [entry for entry in level.entries if entry in rule.relevant])
    }


class Schemas:
    """The schemas of one level.

    Attributes:
        whole: All channels.
        read: What every node reads.
    """

    def __init__(self, plan: Plan, level: Level) -> None:
        variables = merge_variables(plan.variables)
        base: dict[str, Any] = {
            "input": dict[str, Any],
            "vars": Annotated[dict[str, Any], variables],
            "nodes": Annotated[dict[str, NodeRecord], newest],
        }
        self._base = base
        self._tokens = {
            member.node: Annotated[Any, _token_channel(plan, member.node)]
            for member in level.members
            if member.node is not None and member.node in plan.joins
        }
        self.read = _typed_dict("WorkflowState", base)
        channels = {token_channel(join): schema for join, schema in self._tokens.items()}
        handed_on = {
            "writes": Annotated[list[Write], _joined],
            "left": Annotated[list[int], _joined],
        }
        inner = handed_on if level.number else {}
        self.whole = _typed_dict("WorkflowStateWithTokens", base | channels | inner)
        self.result = _typed_dict("RegionResult", base | inner)

    def of(self, node: int | None) -> type[Any]:
        """What a member reads: the state, and its own tokens if it is an inclusive join."""
        if node not in self._tokens:
            return self.read
        own = {token_channel(node): self._tokens[node]}
        return _typed_dict("JoinState", self._base | own)


def _joined(old: list[Any], new: list[Any]) -> list[Any]:
    """Both lists; as a function of ours, since LangGraph takes long to inspect a built-in one."""
    return old + new


def _typed_dict(name: str, fields: Mapping[str, Any]) -> type[Any]:
    """A TypedDict made at run time, which type checkers do not know."""
    made: type[Any] = TypedDict(name, dict(fields))  # type: ignore[misc]
    return made


def _token_channel(plan: Plan, join: int) -> TokenChannel:
    rule = plan.joins[join]
    return SwallowingChannel(rule) if rule.swallowers else TokenChannel(rule)


def merge_variables(
    declared: Mapping[str, Variable],
) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The reducer of the `vars` channel.

    A region begins with the values that there are, as a mapping; nodes write one by one.
    """

    def merge(old: dict[str, Any], new: dict[str, Any] | list[Write]) -> dict[str, Any]:
        return {**old, **new} if isinstance(new, dict) else reduce_variables(declared, old, new)

    return merge
