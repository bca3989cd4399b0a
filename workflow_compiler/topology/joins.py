"""What each join may have to wait for: the inclusive join of BPMN, made precise for loops.

A join fires unless some other token could still reach one of its EMPTY incoming edges without
passing it; a token that could also reach a filled one does not make it wait. "Could reach" never
follows back edges of loops that contain the join: that way lies the next turn. One exception: the
header of a single-entry loop that holds a token on a back edge waits for the loop's other tokens
that can come round by another back edge.

All of this is precomputed here, per join, as sets of incoming edges in the bits of integers. Edges
that surely get a token are simply required: a token that can only reach such edges, or these among
others, tells the join nothing that it would not do anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from workflow_compiler.topology.certain import Alternatives, Certain
from workflow_compiler.topology.graph import ENTRY, Graph
from workflow_compiler.topology.loops import Loop

MAX_STEPS = 10_000_000
"""Steps that may be spent on finding what all joins of a graph must know: a few seconds."""

STEPS_PER_TOKEN = 10
"""What a place counts whose token a join must know: each is told to the join in every run."""


class TooEntangledError(Exception):
    """The joins of a graph must know too much of each other's tokens."""

    def __init__(self, join: int) -> None:
        self.join = join
        super().__init__(f"gave up at the join {join}")


@dataclass(frozen=True, slots=True)
class JoinRule:
    """When a join may fire.

    Attributes:
        incoming: Its incoming edges; bit `i` of a mask stands for `incoming[i]`.
        reach: For each edge in the region of the join, the incoming edges that a token there could
            still arrive by.
        turn: The same inside the loop that the join heads, for tokens that come round by a back
            edge; it counts only while a back edge is filled.
        back: The mask of the incoming edges that are back edges of that loop.
        required: The mask of the incoming edges that surely get a token if any of them does; it
            does not count while a back edge is filled.
    """

    incoming: tuple[int, ...]
    reach: Mapping[int, int]
    turn: Mapping[int, int]
    back: int
    required: int = 0

    @property
    def relevant(self) -> frozenset[int]:
        """The edges whose tokens the join must know."""
        return frozenset((*self.incoming, *self.reach, *self.turn))

    @property
    def awaited(self) -> frozenset[int]:
        """The edges whose tokens the join may wait for while it holds another."""
        sure = (edge for bit, edge in enumerate(self.incoming) if self.required >> bit & 1)
        return frozenset((*sure, *self.reach))

    def fires(self, tokens: Collection[int]) -> bool:
        """Whether an `all` join fires while exactly these edges hold a token."""
        have = sum(1 << bit for bit, edge in enumerate(self.incoming) if edge in tokens)
        if have == 0 or (self.required & ~have and not have & self.back):
            return False
        return not any(self._blocks(token, have) for token in tokens)

    def _blocks(self, token: int, have: int) -> bool:
        mask = self.reach.get(token, 0)
        if have & self.back:
            mask |= self.turn.get(token, 0)
        return mask & ~have != 0 and mask & have == 0

    def is_awaited(self, tokens: Collection[int]) -> bool:
        """Whether one of these tokens could still arrive here (this arms an `any` join again)."""
        return any(token in self.reach for token in tokens)


def join_rules(
    graph: Graph,
    loops: Collection[Loop],
    alternatives: Sequence[Alternatives],
    certain: Certain,
    anys: Collection[int],
) -> dict[int, JoinRule]:
    """The rule of every join that may ever have to wait; `anys` are the joins of kind `any`.

    A node with several incoming edges that is not in the result needs no rule: no two tokens can
    ever be on their way to it, so it may fire on whatever arrives.

    Raises:
        TooEntangledError: what joins must know grows with the square of the graph.
    """
    joins = [node for node in range(graph.size) if len(graph.incoming[node]) > 1]
    if not joins:
        return {}
    contended = _contended(graph, alternatives)
    rules: dict[int, JoinRule] = {}
    walks, turns = _Walks(graph), _Turns(loops)
    for join in joins:
        if contended >> join & 1:
            is_any = join in anys
            rule = _rule(walks, join, turns, certain, is_any)
            if is_any or _may_wait(rule):
                rules[join] = rule
            if walks.steps > MAX_STEPS:
                raise TooEntangledError(join)
    return rules


def _may_wait(rule: JoinRule) -> bool:
    several = len(rule.incoming) - rule.back.bit_count() > 1
    return bool(rule.reach or rule.turn or (rule.required and several))


class _Turns:
    """Which edges start the next turn of which loops."""

    def __init__(self, loops: Collection[Loop]) -> None:
        self._starting = {edge: loop for loop in loops for edge in loop.back_edges}
        self._looping = frozenset[int]().union(*(loop.nodes for loop in loops if loop.depth == 1))
        self._heads = {loop.headers[0]: loop for loop in loops if loop.single_entry}

    def barred(self, node: int, incoming: Collection[int]) -> Container[int]:
        """The back edges of loops that contain the node, and its incoming edges."""
        plain = frozenset(incoming)
        return _Barred(node, plain, self._starting) if node in self._looping else plain

    def is_ahead(self, edge: int, node: int) -> bool:
        """Whether an edge starts no turn of a loop that contains the node."""
        loop = self._starting.get(edge)
        return loop is None or node not in loop.nodes

    def own_back(self, node: int) -> frozenset[int]:
        """Back edges of the loop that can only be entered at the node."""
        loop = self._heads.get(node)
        return loop.back_edges if loop else frozenset()


class _Barred:
    """Edges that no token takes on its way to a join, if it is to arrive in this turn.

    Loops share their back edges with those around them, so there is no set of them for each node.
    """

    def __init__(self, join: int, incoming: Collection[int], starting: Mapping[int, Loop]) -> None:
        self._join = join
        self._incoming = incoming
        self._starting = starting

    def __contains__(self, edge: object) -> bool:
        """Whether the edge leads into the join, or starts a turn of a loop that contains it."""
        if edge in self._incoming:
            return True
        loop = self._starting.get(edge) if isinstance(edge, int) else None
        return loop is not None and self._join in loop.nodes


def _contended(graph: Graph, alternatives: Sequence[Alternatives]) -> int:
    """The nodes that two tokens may be on their way to at the same time, as bits.

    Tokens that can reach a node become more only where a node takes two edges together that both
    lead there, or where two roots do.
    """
    together = [graph.entries, *(edges for node in alternatives for edges in node)]
    found = 0
    for edges in together:
        once = 0
        for edge in edges:
            reached = graph.closure[graph.edges[edge][1]]
            found |= once & reached
            once |= reached
    return found


class _Reaching:
    """The nodes that lead to one of some others, given as bits, or are one of them."""

    def __init__(self, onward: Sequence[int], others: int) -> None:
        self._onward = onward
        self._others = others

    def __contains__(self, node: object) -> bool:
        """Whether a token that comes to the node could come to one of the others."""
        return isinstance(node, int) and self._onward[node] & self._others != 0


def _rule(walks: _Walks, join: int, turns: _Turns, certain: Certain, is_any: bool) -> JoinRule:
    incoming = walks.graph.incoming[join]
    closed, own_back = turns.barred(join, incoming), turns.own_back(join)
    ahead = [(1 << bit, e) for bit, e in enumerate(incoming) if turns.is_ahead(e, join)]
    again = [(1 << bit, edge) for bit, edge in enumerate(incoming) if edge in own_back]
    back = sum(bit for bit, _ in again)
    turn = walks.masks(again, closed, {join}, back)
    required = certain.required(join)
    if required:
        reach = _beside(walks, ahead, closed, certain, required)
    else:
        reach = _ahead(walks, join, ahead, closed, is_any, join in certain.calm)
    return JoinRule(incoming, reach, _without(turn, back), back, required)


def _beside(
    walks: _Walks,
    ahead: Sequence[tuple[int, int]],
    closed: Container[int],
    certain: Certain,
    required: int,
) -> dict[int, int]:
    """Where the tokens may be that a join has to know which waits for some edges in any case.

    A token that can also reach one of those makes no difference.
    """
    ends = {walks.graph.edges[edge][0] for bit, edge in ahead if required & bit}
    known = sum(1 << end for end in ends if end != ENTRY)
    goals = [(bit, edge) for bit, edge in ahead if not required & bit]
    return walks.masks(goals, closed, _Reaching(certain.onward, known), 0)


def _ahead(
    walks: _Walks,
    join: int,
    ahead: Sequence[tuple[int, int]],
    closed: Container[int],
    is_any: bool,
    is_calm: bool,
) -> dict[int, int]:
    """The same for a join that can take nothing for granted.

    What comes from above the immediate dominator could reach every filled edge as well, so it never
    makes the join wait; unless the join is a header that is filled by a back edge, and something
    could still come from above then.
    """
    graph = walks.graph
    if is_any or not (is_calm or len(ahead) == len(graph.incoming[join])):
        return walks.masks(ahead, closed, {join}, 0)
    full = sum(bit for bit, _ in ahead)
    return _without(walks.masks(ahead, closed, {join, graph.dominators[join]}, full), full)


def _without(masks: dict[int, int], full: int) -> dict[int, int]:
    """Drop the edges that lead to every goal: a token there could reach the filled ones too."""
    return {edge: mask for edge, mask in masks.items() if mask != full}


class _Walks:
    """Walks upstream, and how much they cost together."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.steps = 0

    def masks(
        self,
        goals: Sequence[tuple[int, int]],
        closed: Container[int],
        borders: Container[int],
        enough: int,
    ) -> dict[int, int]:
        """For each edge from which goals can be reached, which; it stops at the border nodes.

        It also stops where all that is left leads to `enough` goals; 0 lets it go on for ever.
        """
        walk = _Walk(self.graph, borders, enough)
        for bit, goal in goals:
            walk.put(self.graph.edges[goal][0], bit)
        walk.go(closed)
        found = {
            edge: mask
            for node, mask in walk.masks.items()
            for edge in self.graph.incoming[node]
            if edge not in closed
        }
        self.steps += walk.steps + STEPS_PER_TOKEN * len(found)
        return found


class _Walk:
    """A walk upstream from all goals together; `masks` says which goals a node leads to.

    What lies upstream of a node leads to the same goals at least. So when every node that waits
    leads to enough of them, the rest need not be seen: a node that was done with fewer lies in a
    component nearer to the goals, and cannot be upstream of one that still waits.
    """

    def __init__(self, graph: Graph, borders: Container[int], enough: int) -> None:
        self.masks: dict[int, int] = {}
        self.steps = 0
        self._graph = graph
        self._borders = borders
        self._enough = enough
        self._queue: list[tuple[int, int]] = []
        self._waiting: set[int] = set()
        self._lacking: set[int] = set()

    def put(self, node: int, mask: int) -> None:
        """The node leads to these goals."""
        known = self.masks.get(node, 0)
        if known | mask == known or node == ENTRY or node in self._borders:
            return
        self.masks[node] = mask = known | mask
        if node not in self._waiting:
            self._waiting.add(node)
            heappush(self._queue, (self._graph.component_of[node], node))
        if mask == self._enough:
            self._lacking.discard(node)
        else:
            self._lacking.add(node)

    def go(self, closed: Container[int]) -> None:
        """Walk against the edges that are not closed, component by component."""
        last = -1
        while self._queue:
            component, node = heappop(self._queue)
            if component != last and not self._lacking:
                return
            last = component
            self._waiting.discard(node)
            self._lacking.discard(node)
            self.steps += len(self._graph.incoming[node])
            for edge in self._graph.incoming[node]:
                if edge not in closed:
                    self.put(self._graph.edges[edge][0], self.masks[node])
