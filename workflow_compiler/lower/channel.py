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

from workflow_compiler.topology import JoinRule, Swallowing

TokenReport: TypeAlias = tuple[Sequence[int], Sequence[int]]
"""The edges that a node consumed, and those that it took."""

Saved: TypeAlias = list[int]


class TokenChannel(BaseChannel[list[int], TokenReport, Saved]):
    """The tokens that can still matter to one join."""

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
            self._fires = self._judge()
        return self._fires

    def _judge(self) -> bool:
        return self._rule.fires(self._tokens)

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


class SwallowingChannel(TokenChannel):
    """The same for a join that is of kind `any`, or has such joins on the way to it.

    Having fired, an `any` join swallows what comes until nothing can come any more. Every channel
    that knows of such tokens works out for itself which are swallowed, so nobody waits for one. For
    that it must see all that happens in a superstep at once, what its own node consumed included.
    """

    def __init__(self, rule: JoinRule, swallowing: Swallowing, tokens: Sequence[int] = ()) -> None:
        super().__init__(rule, tokens)
        self._swallowing = swallowing

    @override
    def copy(self) -> SwallowingChannel:
        new = type(self)(self._rule, self._swallowing.copy(), tuple(self._tokens))
        new.key = self.key
        return new

    @override
    def checkpoint(self) -> Saved | Any:
        return self._saved() or MISSING

    def _saved(self) -> Saved:
        """The tokens, and the disarmed joins as negative numbers."""
        return sorted([*self._tokens, *(~join for join in self._swallowing.disarmed)])

    @override
    def from_checkpoint(self, checkpoint: Saved) -> SwallowingChannel:
        saved = () if checkpoint is MISSING else checkpoint
        swallowing = self._swallowing.copy(~number for number in saved if number < 0)
        new = type(self)(self._rule, swallowing, [edge for edge in saved if edge >= 0])
        new.key = self.key
        return new

    @override
    def update(self, values: Sequence[TokenReport]) -> bool:
        self._swallowing.consumed({edge for edges, _ in values for edge in edges})
        self._swallowing.arm(self._tokens)  # nothing could come to it at the moment when it fired
        super().update(values)
        self._swallowing.swallow(self._tokens)
        return bool(values)

    @override
    def consume(self) -> bool:
        return False  # the node reports what it consumed, together with all that ends beside it

    @override
    def _judge(self) -> bool:
        return self._rule.fires(self._tokens, self._swallowing)


class EveryToken(SwallowingChannel):
    """All tokens of a level, for those who ask which nodes can still be reached; starts nobody.

    They read what it saves: the disarmed joins, too, through which no token comes.
    """

    @override
    def update(self, values: Sequence[TokenReport]) -> bool:
        self._swallowing.fire(~number for _, taken in values for number in taken if number < 0)
        return super().update(
            [(consumed, [edge for edge in taken if edge >= 0]) for consumed, taken in values]
        )

    @override
    def is_available(self) -> bool:
        return True

    @override
    def get(self) -> list[int]:
        return self._saved()
