"""When joins fire: the inclusive join of BPMN, made precise for loops and races.

A join fires unless some other token could still reach one of its EMPTY incoming edges without
passing it; a token that could also reach a filled one does not make it wait. "Could reach" never
follows back edges of loops that contain the join: that way lies the next turn. Nor does it pass an
`any` join that has fired in this turn: what comes there is swallowed.

The header of a single-entry loop begins its next turn with tokens on back edges. It waits for the
loop's other tokens that can come round by another one and, if it has nothing but such tokens, until
no `any` join of the loop has a late one to swallow. So nothing is left of a turn when the next
begins, whatever kind the joins are of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from workflow_compiler.topology.swallowing import Swallower, Swallowing


@dataclass(frozen=True, slots=True)
class JoinRule:
    """When a join may fire.

    Attributes:
        incoming: Its incoming edges; bit `i` of a mask stands for `incoming[i]`.
        reach: For each edge in the region of the join, the incoming edges that a token there could
            still arrive by.
        turn: The same inside the loop that the join heads, for tokens that come round by a back
            edge; it counts only while a back edge is filled.
        ahead: The mask of the incoming edges that begin no next turn of any loop around it.
        back: The mask of those that begin the next turn of the loop that it heads.
        required: The mask of the incoming edges that surely get a token if any of them does; it
            does not count while a back edge is filled.
        is_any: Whether it fires on any token that begins no next turn.
        late: The `any` joins of the loop that it heads.
        swallowers: The `any` joins that tokens may be lost in which it knows of; itself, if it is
            one.
        swallowed: The edges that it must know for their sake.
    """

    incoming: tuple[int, ...]
    reach: Mapping[int, int]
    turn: Mapping[int, int]
    ahead: int = 0
    back: int = 0
    required: int = 0
    is_any: bool = False
    late: frozenset[int] = frozenset()
    swallowers: tuple[Swallower, ...] = ()
    swallowed: frozenset[int] = frozenset()

    @property
    def relevant(self) -> frozenset[int]:
        """The edges whose tokens the join must know."""
        return self.swallowed.union(self.incoming, self.reach, self.turn)

    @property
    def awaited(self) -> frozenset[int]:
        """The edges whose tokens the join may wait for while it holds another."""
        sure = (edge for bit, edge in enumerate(self.incoming) if self.required >> bit & 1)
        return frozenset((*sure, *self.reach))

    def fires(self, tokens: Collection[int], swallowing: Swallowing | None = None) -> bool:
        """Whether the join fires while exactly these edges hold a token."""
        have = self.bits(tokens)
        if have == 0 or self.is_too_early(have, swallowing):
            return False
        if self.is_any and have & ~self.back:
            return True
        if self.required & ~have and not have & self.back:
            return False
        masks = (self.mask(token, have, swallowing) for token in tokens)
        return not any(mask & ~have and not mask & have for mask in masks)

    def bits(self, edges: Collection[int]) -> int:
        """Those of its incoming edges that are among these."""
        return sum(1 << bit for bit, edge in enumerate(self.incoming) if edge in edges)

    def is_too_early(self, have: int, swallowing: Swallowing | None) -> bool:
        """Whether only a next turn would begin, and tokens of this one are yet to be swallowed."""
        begins_turn = have and not have & ~self.back
        return bool(begins_turn and swallowing and not self.late.isdisjoint(swallowing.disarmed))

    def mask(self, token: int, have: int, swallowing: Swallowing | None) -> int:
        """The incoming edges by which a token may still come that the join waits for."""
        reach = 0 if self.is_any else self.reach.get(token, 0)
        turn = self.turn.get(token, 0) if have & self.back else 0
        if swallowing is not None and swallowing.disarmed:
            reach = reach and self._unless_lost(token, self.reach, self.ahead, swallowing)
            turn = turn and self._unless_lost(token, self.turn, self.back, swallowing)
        return reach | turn

    def _unless_lost(
        self, token: int, ways: Mapping[int, int], goals: int, swallowing: Swallowing
    ) -> int:
        """The goals that a token comes to by these ways and past all that would swallow it."""
        ends = {edge for bit, edge in enumerate(self.incoming) if goals >> bit & 1}
        here, join = swallowing.end_of(token), swallowing.end_of(self.incoming[0])
        return self.bits(swallowing.onward([here], ways.keys() | ends, join) & ends)
