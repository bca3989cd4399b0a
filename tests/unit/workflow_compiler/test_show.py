"""A plan as text."""

import pytest

from tests.unit.workflow_compiler.running import Document, edge, node, path, workflow
from workflow_compiler import compile_workflow, parse, plan
from workflow_compiler.show import dot, mermaid, show

PLAN = plan(
    parse(
        workflow(
            node("begin", "start"),
            node("ask", "condition", expression="input.x", name='Is "x" <set>?'),
            node("yes"),
            node("no"),
            node("join"),
            edges=(
                edge("begin", "ask"),
                edge("ask", "yes", sourceHandle="true"),
                edge("ask", "no", sourceHandle="false"),
                edge("yes", "join", condition="yes.visit > 0"),
                edge("no", "join"),
                edge("no", "yes", on="error"),
            ),
        )
    )
)


def test_show_names_nodes_strategies_and_what_opens_edges():
    lines = show(PLAN).splitlines()
    assert lines[0].startswith("workflow 'example'")
    assert lines[1] == "5 nodes, 6 edges, 0 inclusive joins, 0 regions"
    assert lines[2] == "critical path, 5 nodes: begin -> ask -> no -> yes -> join"
    assert "  begin  start      root  no timer, 1 attempt" in lines
    assert "  ask -> yes  [true]" in lines
    assert "  ask -> no  [false]" in lines
    assert "  yes -> join  [yes.visit > 0]" in lines
    assert "  no -> yes  [error]" in lines
    assert "  no -> join" in lines


def test_mermaid_draws_shapes_and_escapes_labels():
    lines = mermaid(PLAN).splitlines()
    assert lines[0] == "flowchart TD"
    assert '    n0(["begin"])' in lines
    assert '    n1{"Is #quot;x#quot; #lt;set#gt;?"}' in lines
    assert '    n1 -->|"true"| n2' in lines
    assert "    n0 --> n1" in lines


def test_dot_escapes_labels():
    lines = dot(PLAN).splitlines()
    assert lines[0] == 'digraph "example" {'
    assert '    n1 [label="Is \\"x\\" <set>?"];' in lines
    assert '    n1 -> n2 [label="true"];' in lines
    assert lines[-1] == "}"


def test_a_compiled_workflow_prints_itself(capsys: pytest.CaptureFixture[str]):
    compile_workflow(parse(workflow(node("a")))).show()
    assert "1 node, 0 edges" in capsys.readouterr().out


NESTED = workflow(
    node("safe", "try"),
    node("loop", "foreach", items="[1]", parent="safe"),
    node("a", parent="loop"),
    node("oops", parent="safe", slot="catch"),
)


def test_containers_are_drawn_around_what_is_inside():
    made = plan(parse(NESTED))
    assert mermaid(made).splitlines() == [
        "flowchart TD",
        '    subgraph n0["safe"]',
        '        subgraph n0_try["try"]',
        '            subgraph n1["loop"]',
        '                subgraph n1_body["body"]',
        '                    n2["a"]',
        "                end",
        "            end",
        "        end",
        '        subgraph n0_catch["catch"]',
        '            n3["oops"]',
        "        end",
        "    end",
    ]
    assert dot(made).count("subgraph cluster_") == 3
    lines = show(made).splitlines()
    for name in ("  safe ", "    try: loop ", "           body: a ", "    catch: oops "):
        assert any(line.startswith(name) for line in lines), name


def test_the_critical_path_is_the_way_that_may_take_longest():
    slow = node("slow", "llm", model="scripted", prompt="x", timeout_seconds=40)
    document = workflow(
        *map(node, ["a", "b", "c", "z"]),
        slow,
        edges=(*path("a", "b", "c", "z"), *path("a", "slow")),
    )
    document["edges"] += (edge("slow", "a", condition="slow.visit < 3"),)
    document["nodes"] = (node("begin", "start"), *document["nodes"])
    document["edges"] += (edge("begin", "a"),)
    shown = show(plan(parse(document)))
    assert "critical path, 3 nodes, timeouts of 40 s, one attempt each: begin -> a -> slow" in shown


def test_a_long_workflow_stays_readable():
    ids = [f"n{number}" for number in range(5_000)]
    lines = show(plan(parse(workflow(*map(node, ids), edges=path(*ids))))).splitlines()
    assert len(lines) < 620
    assert max(map(len, lines)) < 200
    assert "  ... and 4,800 more" in lines
    assert "n7 -> (4,984 more) -> n4992" in lines[2]


def test_the_critical_path_goes_through_containers_and_around_them():
    def slow(node_id: str, seconds: int, **place: str) -> Document:
        return node(node_id, "llm", model="scripted", prompt="x", timeout_seconds=seconds, **place)

    document = workflow(
        slow("before", 5),
        node("loop", "foreach", items="[1, 2]"),
        slow("fetch", 7, parent="loop"),
        slow("read", 7, parent="loop"),
        node("safe", "try", timeout_seconds=20),
        slow("risk", 30, parent="safe", slot="try"),
        slow("mend", 3, parent="safe", slot="catch"),
        slow("beside", 30),
        edges=(*path("before", "loop", "safe"), *path("before", "beside"), *path("fetch", "read")),
    )
    assert show(plan(parse(document))).splitlines()[2] == (
        "critical path, 7 nodes, timeouts of 39 s, one attempt each: "
        "before -> loop (body: fetch -> read) -> safe (try: risk; catch: mend)"
    )


def test_branches_that_share_supersteps_are_named_with_the_reason():
    def asks(node_id: str) -> Document:
        return node(node_id, "llm", model="scripted", prompt="x")

    document = workflow(
        *map(asks, ["fork", "a", "a2", "b", "b2", "c", "c2", "d", "d2"]),
        edges=(
            *path("fork", "a", "a2"),
            *path("fork", "b", "b2"),
            *path("fork", "c", "c2"),
            *path("fork", "d", "d2"),
            edge("b", "a2"),
            edge("d", "d", condition="d.visit < 3"),
            edge("fork", "d2"),
        ),
    )
    lines = show(plan(parse(document))).splitlines()
    assert [line for line in lines if "region" in line or "in step" in line] == [
        "9 nodes, 11 edges, 2 inclusive joins, 1 region",
        "  region 1: c, c2",
        "  in step with others: fork -> b: a token may leave it while it goes on",
    ]
