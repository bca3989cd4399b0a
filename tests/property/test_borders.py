"""What is counted for all parts of a graph at once is what a naive reading finds in each."""

from hypothesis import given
from hypothesis import strategies as st

from tests.property.test_topology import graphs
from workflow_compiler.topology import ENTRY, Certain, Graph, Terrain, join_rules, loops_of


@st.composite
def terrains(draw: st.DrawFn) -> Terrain:
    """Any graph, in which any edges of a node may be taken together."""
    graph = draw(graphs())
    alternatives = [(*draw(subsets(edges)), ()) for edges in graph.outgoing]
    loops = loops_of(graph)
    certain = Certain(graph, loops, alternatives, [((),)] * graph.size)
    joins = join_rules(graph, loops, alternatives, certain, set())
    waits = draw(st.sets(st.integers(0, graph.size - 1)))
    loose = draw(st.sets(st.integers(0, graph.size - 1)))
    return Terrain(graph, alternatives, joins, waits, loose)


def subsets(edges: tuple[int, ...]) -> st.SearchStrategy[list[tuple[int, ...]]]:
    if not edges:
        return st.just([()])
    return st.lists(st.sets(st.sampled_from(edges)).map(tuple), min_size=1, max_size=3)


@given(terrains())
def test_every_part_is_counted_as_if_it_were_the_only_one(terrain: Terrain):
    graph, borders = terrain.graph, terrain.borders
    for head in graph.reachable:
        part = graph.dominated_by(head)
        assert borders.sizes[head] == len(part)
        assert borders.waiting[head] == len(part & set(terrain.waits))
        assert borders.loose[head] == len(part & set(terrain.loose))
        assert borders.splits[head] == sum(ways_inside(terrain, n, part, 2) for n in part)
        assert borders.leaks[head] == sum(leaks(terrain, node, part) for node in part)
        doors = {node for node in part if not stays(graph, node, part) <= {True}}
        assert borders.doors[head] == len(doors)
        assert borders.half_open[head] == sum(len(stays(graph, node, part)) == 2 for node in part)
        assert borders.trapped[head] == sum(doors.isdisjoint(reached(graph, n)) for n in part)
        assert borders.curious[head] == sum(is_curious(terrain, node, part) for node in part)


@given(graphs())
def test_a_part_is_what_cannot_be_reached_without_its_head(graph: Graph):
    for head in graph.reachable:
        rest = [(s, t) for s, t in graph.edges if head not in (s, t)]
        without = Graph(graph.size, tuple(rest)).reachable
        assert graph.dominated_by(head) == graph.reachable - without
        assert all(graph.dominates(head, n) == (n not in without) for n in graph.reachable)


def stays(graph: Graph, node: int, part: frozenset[int]) -> set[bool]:
    return {target in part for target in graph.successors(node)}


def inside(terrain: Terrain, edges: tuple[int, ...], part: frozenset[int]) -> list[bool]:
    return [terrain.graph.edges[edge][1] in part for edge in edges]


def ways_inside(terrain: Terrain, node: int, part: frozenset[int], count: int) -> int:
    return sum(sum(inside(terrain, e, part)) >= count for e in terrain.alternatives[node])


def leaks(terrain: Terrain, node: int, part: frozenset[int]) -> int:
    return sum(len(set(inside(terrain, e, part))) == 2 for e in terrain.alternatives[node])


def reached(graph: Graph, node: int) -> set[int]:
    return graph.reached_from([node])


def is_curious(terrain: Terrain, node: int, part: frozenset[int]) -> bool:
    relevant = terrain.joins[node].relevant if node in terrain.joins else ()
    ends = {end for edge in relevant for end in terrain.graph.edges[edge]}
    return ENTRY in ends or not ends <= part
