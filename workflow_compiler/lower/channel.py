"""The token channel: how an inclusive join knows on LangGraph when to fire.

Every node that matters to a join reports to the join's channel, in the same command with which it
finishes, which incoming edges it consumed and which outgoing edges it took. LangGraph applies all
reports of a superstep together, so nobody ever sees half a picture; then it asks `is_available`,
which is the rule of the join. The tokens are the channel's value, so they live in the checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from langgraph._internal._typing import MISSING
from langgraph.channels.base import BaseChannel
from langgraph.errors import EmptyChannelError
from typing_extensions import override

from workflow_compiler.topology import JoinRule

TokenReport: TypeAlias = tuple[Sequence[int], Sequence[int]]
"""The edges that a node consumed, and those that it took."""

Saved: TypeAlias = list[int]


class TokenChannel(BaseChannel[list[int], TokenReport, Saved]):
    """The tokens that can still matter to one join of kind `all`."""

    def __init__(self, rule: JoinRule, tokens: Sequence[int] = ()) -> None:
        super().__init__(list)
        self._rule = rule
        self._tokens = set(tokens)
        self._fires: bool | None = None

    @property
    @override
    def ValueType(self) -> Any:
        return list[int]

    @property
    @override
    def UpdateType(self) -> Any:
        return TokenReport

    @override
    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._rule is self._rule

    __hash__ = None  # type: ignore[assignment]

    @override
    def copy(self) -> TokenChannel:
        new = type(self)(self._rule, tuple(self._tokens))
        new.key = self.key
        return new

    @override
    def checkpoint(self) -> Saved | Any:
        return sorted(self._tokens) if self._tokens else MISSING

    @override
    def from_checkpoint(self, checkpoint: Saved) -> TokenChannel:
        new = type(self)(self._rule, () if checkpoint is MISSING else checkpoint)
        new.key = self.key
        return new

    @override
    def update(self, values: Sequence[TokenReport]) -> bool:
        for consumed, _ in values:
            self._tokens.difference_update(consumed)
        for _, taken in values:
            self._tokens.update(taken)
        if values:
            self._fires = None
        return bool(values)

    @override
    def is_available(self) -> bool:
        if self._fires is None:  # LangGraph asks four times a superstep
            self._fires = self._rule.fires(self._tokens)
        return self._fires

    @override
    def get(self) -> list[int]:
        if not self.is_available():
            raise EmptyChannelError
        return [edge for edge in self._rule.incoming if edge in self._tokens]

    @override
    def consume(self) -> bool:
        if not self.is_available():
            return False
        self._tokens.difference_update(self._rule.incoming)
        self._fires = None
        return True


DISARMED = -1
"""Stands among an `any` join's tokens once it has fired, until nothing can arrive any more."""


class AnyChannel(TokenChannel):
    """The tokens that can still matter to one join of kind `any`.

    It is available on whatever arrives. While it is disarmed, its node must run all the same, to
    swallow what came too late: other joins may be waiting for these very tokens, and only a node
    can tell them that they are gone.
    """

    @override
    def update(self, values: Sequence[TokenReport]) -> bool:
        changed = super().update(values)
        if not self.is_available():
            self._rearm()
        return changed

    @override
    def is_available(self) -> bool:
        return not self._tokens.isdisjoint(self._rule.incoming)

    @override
    def get(self) -> list[int]:
        held = super().get()
        return [DISARMED, *held] if DISARMED in self._tokens else held

    @override
    def consume(self) -> bool:
        fired = super().consume()
        if fired:
            self._tokens.add(DISARMED)
            self._rearm()
        return fired

    def _rearm(self) -> None:
        if not self._rule.is_awaited(self._tokens):
            self._tokens.discard(DISARMED)
