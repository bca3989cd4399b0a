"""What each join of a graph must know to keep its rule, worked out before the run.

Per join, these are sets of incoming edges in the bits of integers; only where `any` joins lie
between a join and what it waits for is it walked during the run. Edges that surely get a token are
simply required: a token that can only reach such edges, or these among others, tells the join
nothing that it would not do anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import replace

from workflow_compiler.topology.certain import Alternatives, Certain
from workflow_compiler.topology.graph import ENTRY, Graph
from workflow_compiler.topology.loops import Loop
from workflow_compiler.topology.rules import JoinRule
from workflow_compiler.topology.swallowing import Swallower
from workflow_compiler.topology.turns import Turns
from workflow_compiler.topology.walks import STEPS_PER_TOKEN, Walks

MAX_STEPS = 10_000_000
"""Steps that may be spent on finding what all joins of a graph must know: a few seconds."""


UNITED_PER_STEP = 20
"""Elements of sets that are united in the time of one step."""


class TooEntangledError(Exception):
    """The joins of a graph must know too much of each other's tokens."""

    def __init__(self, join: int) -> None:
        self.join = join
        super().__init__(f"gave up at the join {join}")


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
    racing = [join for join in joins if join in anys and contended >> join & 1]
    walks, turns = Walks(graph), Turns(loops)
    rules: dict[int, JoinRule] = {}
    for join in joins:
        if contended >> join & 1:
            rule = _rule(walks, join, turns, certain, racing)
            if rule.is_any or rule.late or _may_wait(rule):
                rules[join] = rule
            if walks.steps > MAX_STEPS:
                raise TooEntangledError(join)
    return _knowing_swallowers(rules, turns, MAX_STEPS - walks.steps)


def _knowing_swallowers(
    rules: dict[int, JoinRule], turns: Turns, steps: int
) -> dict[int, JoinRule]:
    """The rules, with the `any` joins on the way to each: what these swallow never arrives.

    Raises:
        TooEntangledError: they must know too much of each other.
    """
    found = {
        join: Swallower(
            join=join,
            incoming=frozenset(rule.incoming),
            back=turns.own_back(join),
            awaited=frozenset(rule.reach),
            turn=turns.begins_at(join),
        )
        for join, rule in rules.items()
        if rule.is_any
    }
    before = _before(rules, found)
    known: dict[int, JoinRule] = {}
    for join, rule in rules.items():
        swallowers = tuple(found[other] for other in sorted(before[join]))
        awaited = frozenset[int]().union(*(s.incoming | s.awaited for s in swallowers))
        steps -= sum(len(s.awaited) for s in swallowers) // UNITED_PER_STEP
        steps -= STEPS_PER_TOKEN * (len(awaited) - len(rule.reach))
        if steps < 0:
            raise TooEntangledError(join)
        known[join] = replace(rule, swallowers=swallowers, swallowed=awaited)
    return known


def _before(rules: Mapping[int, JoinRule], anys: Mapping[int, Swallower]) -> dict[int, set[int]]:
    """For each join the `any` joins on the way to it, those on the way to them, and itself."""
    before = {
        join: {
            other
            for other, one in anys.items()
            if other == join
            or other in rule.late
            or any(e in rule.reach or e in rule.turn for e in one.incoming)
        }
        for join, rule in rules.items()
    }
    for middle in anys:
        for found in before.values():
            if middle in found:
                found.update(before[middle])
    return before


def _may_wait(rule: JoinRule) -> bool:
    several = len(rule.incoming) - rule.back.bit_count() > 1
    return bool(rule.reach or rule.turn or (rule.required and several))


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


def _rule(
    walks: Walks, join: int, turns: Turns, certain: Certain, racing: Collection[int]
) -> JoinRule:
    incoming = walks.graph.incoming[join]
    closed, own_back = turns.barred(join, incoming), turns.own_back(join)
    ahead = [(1 << bit, e) for bit, e in enumerate(incoming) if turns.is_ahead(e, join)]
    again = [(1 << bit, edge) for bit, edge in enumerate(incoming) if edge in own_back]
    back = sum(bit for bit, _ in again)
    late = turns.headed(join).intersection(racing)
    turn = walks.masks(again, closed, {join}, 0 if late else back)
    required, reach = 0, dict[int, int]()
    if _is_entangled(walks.graph, join, racing):
        reach = walks.masks(ahead, closed, {join, *_above(walks, join, turns, certain, racing)}, 0)
    elif required := certain.required(join):
        reach = _beside(walks, ahead, closed, certain, required)
    elif join in certain.calm or len(ahead) == len(incoming):
        reach = _below(walks, join, ahead, closed, turns)
    else:
        reach = walks.masks(ahead, closed, {join}, 0)
    return JoinRule(
        incoming=incoming,
        reach=reach,
        turn=turn if late else _without(turn, back),
        ahead=sum(bit for bit, _ in ahead),
        back=back,
        required=required,
        is_any=join in racing,
        late=late,
    )


def _is_entangled(graph: Graph, join: int, racing: Collection[int]) -> bool:
    """Whether it or a join on the way to it may swallow what could otherwise come by another way.

    Then the join must know of all tokens that could come to it, by whichever edge.
    """
    above = graph.dominators[join]
    return any(
        other == join
        or (
            graph.closure[other] >> join & 1
            and other != above
            and (above == ENTRY or graph.dominates(above, other))
            and not graph.dominates(join, other)
        )
        for other in racing
    )


def _above(
    walks: Walks, join: int, turns: Turns, certain: Certain, racing: Collection[int]
) -> Collection[int]:
    """Where to stop looking for tokens that may come to a join in this turn.

    In calm nothing is above its immediate dominator any more when something is below.
    """
    if join in certain.calm:
        return turns.round(walks.graph.dominators[join], join)
    begin = turns.begins_at(join) if join in racing else None
    return () if begin is None else (begin,)


def _beside(
    walks: Walks,
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


def _below(
    walks: Walks,
    join: int,
    ahead: Sequence[tuple[int, int]],
    closed: Container[int],
    turns: Turns,
) -> dict[int, int]:
    """The same for a join that can take nothing for granted.

    What comes from above the immediate dominator could reach every filled edge as well, so it never
    makes the join wait; nor does what can go round to the dominator once more. For a header this
    holds in calm only: elsewhere something may still come from above when a back edge is filled.
    """
    above = turns.round(walks.graph.dominators[join], join)
    full = sum(bit for bit, _ in ahead)
    return _without(walks.masks(ahead, closed, {join, *above}, full), full)


def _without(masks: dict[int, int], full: int) -> dict[int, int]:
    """Drop the edges that lead to every goal: a token there could reach the filled ones too."""
    return {edge: mask for edge, mask in masks.items() if mask != full}
