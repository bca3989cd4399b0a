"""Our walks over graphs find what networkx finds."""

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from workflow_compiler.topology import ENTRY, Graph, loops_of

MAX_SIZE = 9


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any directed multigraph, self-loops and unreachable parts included, with any roots."""
    size = draw(st.integers(1, MAX_SIZE))
    node = st.integers(0, size - 1)
    edges = draw(st.lists(st.tuples(node, node), max_size=3 * size))
    roots = draw(st.lists(node, unique=True, min_size=1))
    return Graph.of(size, edges, roots)


@given(graphs())
def test_components(graph: Graph):
    found = [frozenset(component) for component in graph.components]
    assert set(found) == set(map(frozenset, nx.strongly_connected_components(oracle(graph))))


@given(graphs())
def test_components_come_after_those_that_they_lead_to(graph: Graph):
    place = {node: n for n, component in enumerate(graph.components) for node in component}
    assert all(place[target] <= place[source] for source, target in inner_edges(graph))


@given(graphs())
def test_closure_holds_a_node_and_its_descendants(graph: Graph):
    for node in range(graph.size):
        reached = {n for n in range(graph.size) if graph.closure[node] >> n & 1}
        assert reached == {node} | nx.descendants(oracle(graph), node)


@given(graphs())
def test_reachable(graph: Graph):
    assert graph.reachable == nx.descendants(with_entry(graph), ENTRY)


@given(graphs())
def test_dominators(graph: Graph):
    wanted = nx.immediate_dominators(with_entry(graph), ENTRY)
    for node in graph.reachable:
        assert graph.dominators[node] == wanted[node]


@given(graphs())
def test_postorder_visits_every_reachable_node_once(graph: Graph):
    assert sorted(graph.postorder) == sorted(graph.reachable)


@given(graphs())
def test_without_the_back_edges_of_all_loops_no_cycle_is_left(graph: Graph):
    back = {edge for loop in loops_of(graph) for edge in loop.back_edges}
    rest = oracle(graph)
    rest.remove_edges_from([(*graph.edges[edge], edge) for edge in back])
    rest.remove_nodes_from(set(range(graph.size)) - graph.reachable)
    assert nx.is_directed_acyclic_graph(rest)


@given(graphs())
def test_loops_are_entered_at_their_headers_only(graph: Graph):
    for loop in loops_of(graph):
        edges = [edge for edge in graph.edges if edge[1] in loop.nodes]
        outside = (graph.reachable | {ENTRY}) - loop.nodes
        entered = {target for source, target in edges if source in outside}
        assert entered <= set(loop.headers) <= loop.nodes


def test_a_long_chain_does_not_overflow_the_stack():
    size = 20_000
    graph = Graph.of(size, [(n, n + 1) for n in range(size - 1)], [0])
    assert len(graph.components) == len(graph.postorder) == size
    assert graph.dominators[-1] == size - 2


def inner_edges(graph: Graph) -> list[tuple[int, int]]:
    return [(source, target) for source, target in graph.edges if source != ENTRY]


def oracle(graph: Graph) -> nx.MultiDiGraph:
    """The same graph; each edge has its number for a key."""
    made = nx.MultiDiGraph()
    made.add_nodes_from(range(graph.size))
    made.add_edges_from(
        (*ends, number) for number, ends in enumerate(graph.edges) if ends[0] != ENTRY
    )
    return made


def with_entry(graph: Graph) -> nx.DiGraph:
    return nx.DiGraph(graph.edges)
