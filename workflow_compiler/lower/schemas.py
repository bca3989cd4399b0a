"""The state schemas of the graphs: TypedDicts whose annotations are LangGraph channels."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Final, TypedDict

from langgraph.channels import BinaryOperatorAggregate

from workflow_compiler.definition import Variable
from workflow_compiler.lower.channel import EveryToken, SwallowingChannel, TokenChannel
from workflow_compiler.planning import Level, Plan
from workflow_compiler.reducers import reduce_variables
from workflow_compiler.state import NodeRecord, newest
from workflow_compiler.topology import JoinRule, Pace, Swallowing
from workflow_compiler.trace import Write

TOKENS: Final = "tokens"
"""The channel of all tokens that a level knows of, where skips are told."""

CONSUMED: Final = "join~consumed"
"""Where a node that runs in a graph of its own reads which tokens it took."""


def token_channel(join: int) -> str:
    """The name of the channel that an inclusive join waits on."""
    return f"join~{join}"


def every_token(tokens: Iterable[int]) -> dict[str, Any]:
    """What the graph of a level begins with, where skips are told."""
    return {TOKENS: ((), tuple(tokens))}


def first_tokens(plan: Plan, level: Level) -> dict[str, Any]:
    """The first tokens of those that must see them, when the graph of a level begins."""
    first = every_token(level.entries) if plan.tells_skips else {}
    return first | {
        token_channel(member.node): ((), entries)
        for member in level.members
        if member.node is not None
        and level.pace is Pace.SUPERSTEPS
        and (rule := plan.joins.get(member.node))
        and (entries := [entry for entry in level.entries if entry in rule.relevant])
    }


@dataclass(frozen=True, slots=True)
class LevelSchemas:
    """The schemas of one level.

    Attributes:
        whole: All channels.
        read: What every node reads.
        result: What the level gives out.
        joins: What its inclusive joins read: the state, and their own tokens.
    """

    whole: type[Any]
    read: type[Any]
    result: type[Any]
    joins: Mapping[int, type[Any]]

    def of(self, node: int | None) -> type[Any]:
        """What a member reads."""
        return self.read if node is None else self.joins.get(node, self.read)


class Schemas:
    """The schemas of a plan's levels; those without inclusive joins share theirs.

    Reducers stand in them as channels that are made already, since LangGraph takes long to inspect
    a function, and would do so once per level.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        variables = merge_variables(plan.variables)
        self._base: dict[str, Any] = {
            "input": dict[str, Any],
            "vars": Annotated[dict[str, Any], BinaryOperatorAggregate(dict, variables)],
            "nodes": Annotated[dict[str, NodeRecord], BinaryOperatorAggregate(dict, newest)],
        }
        self._inner = self._base | {
            "writes": Annotated[list[Write], BinaryOperatorAggregate(list, operator.add)],
            "left": Annotated[list[int], BinaryOperatorAggregate(list, operator.add)],
        }
        self._every = {TOKENS: Annotated[Any, _every_token(plan)]} if plan.tells_skips else {}
        self._state = _typed_dict("WorkflowState", self._base)
        self._region = _typed_dict("RegionState", self._inner)
        self._read = self._state if not self._every else self._with_tokens(self._base, {})

    def of(self, level: Level) -> LevelSchemas:
        """Those of a level; regions hand on what was written in them and by which edges it left."""
        tokens = {
            member.node: Annotated[Any, _token_channel(self._plan, member.node)]
            for member in level.members
            if member.node is not None
            and member.node in self._plan.joins
            and level.pace is Pace.SUPERSTEPS
        }
        result, fields = (self._region, self._inner) if level.number else (self._state, self._base)
        if not tokens and not self._every:
            return LevelSchemas(result, self._read, result, {})
        channels = {token_channel(join): schema for join, schema in tokens.items()}
        joins = {
            join: self._with_tokens(self._base, {token_channel(join): schema})
            for join, schema in tokens.items()
        }
        return LevelSchemas(self._with_tokens(fields, channels), self._read, result, joins)

    def _with_tokens(self, fields: Mapping[str, Any], channels: Mapping[str, Any]) -> type[Any]:
        return _typed_dict("StateWithTokens", {**fields, **self._every, **channels})

    @cached_property
    def alone(self) -> LevelSchemas:
        """Those of one node of a level without supersteps."""
        consumed = {CONSUMED: list[int]}
        whole = self._with_tokens(self._inner, consumed)
        read = self._with_tokens(self._base, consumed)
        return LevelSchemas(whole, read, self._region, {})


def _typed_dict(name: str, fields: Mapping[str, Any]) -> type[Any]:
    """A TypedDict made at run time, which type checkers do not know."""
    made: type[Any] = TypedDict(name, dict(fields))  # type: ignore[misc]
    return made


def _every_token(plan: Plan) -> EveryToken:
    """What no join can know alone: all tokens, less those that some `any` join swallows."""
    no_join = JoinRule(incoming=(), reach={}, turn={})
    return EveryToken(no_join, Swallowing(plan.graph, plan.swallowers))


def _token_channel(plan: Plan, join: int) -> TokenChannel:
    rule = plan.joins[join]
    if not rule.swallowers:
        return TokenChannel(rule)
    return SwallowingChannel(rule, Swallowing(plan.graph, rule.swallowers))


def merge_variables(
    declared: Mapping[str, Variable],
) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The reducer of the `vars` channel.

    A region begins with the values that there are, as a mapping; nodes write one by one.
    """

    def merge(old: dict[str, Any], new: dict[str, Any] | list[Write]) -> dict[str, Any]:
        return {**old, **new} if isinstance(new, dict) else reduce_variables(declared, old, new)

    return merge
