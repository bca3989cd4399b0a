import json
from typing import Any

import pytest

from tests.support.world import CannedHttp
from workflow_compiler import RunContext, check, compile_workflow, parse
from workflow_compiler.lower import NodeFailedError
from workflow_compiler.ports import HttpResponse

OK = HttpResponse(status=200, headers={"content-type": "application/json"}, text='{"n": 1}')


def calling(**config: Any) -> dict[str, Any]:
    node = {"id": "call", "type": "http", "config": {"url": "https://x.test/{{ input.n }}"}}
    node["config"] |= config  # type: ignore[operator]
    return {"name": "calling", "nodes": [node], "edges": []}


async def output_of(document: dict[str, Any], http: CannedHttp) -> Any:
    compiled = compile_workflow(parse(document))
    context = RunContext(run_id="r1", http=http)
    state = await compiled.graph.ainvoke(compiled.initial_state({"n": 7}), context=context)
    return state["nodes"]["call"]["output"]


async def test_json_becomes_data() -> None:
    assert await output_of(calling(), CannedHttp(OK)) == {
        "status": 200,
        "headers": {"content-type": "application/json"},
        "body": {"n": 1},
    }


@pytest.mark.parametrize(
    ("kind", "text", "body"),
    [
        ("text/html", "{}", "{}"),
        ("application/problem+json; charset=utf-8", "[1]", [1]),
        ("application/json", "{", "{"),
        ("application/json", "NaN", "NaN"),
        ("application/json", "[" * 100_000, "[" * 100_000),
        ("", "{}", "{}"),
    ],
)
async def test_only_json_is_parsed(kind: str, text: str, body: Any) -> None:
    http = CannedHttp(HttpResponse(status=404, headers={"content-type": kind}, text=text))
    assert (await output_of(calling(), http))["body"] == body


async def test_what_is_sent() -> None:
    http = CannedHttp(OK)
    await output_of(
        calling(method="POST", body={"n": "{{ input.n }}"}, query={"q": [1, 2]}, timeout=3), http
    )
    (sent,) = http.sent
    assert (sent.method, sent.url) == ("POST", "https://x.test/7")
    assert (sent.query, sent.timeout_seconds) == ({"q": [1, 2]}, 3)
    assert json.loads(sent.content) == {"n": 7}
    assert sent.headers == {"content-type": "application/json", "idempotency-key": "r1:call:1"}


async def test_the_key_of_a_node_with_any_id_fits_into_a_header() -> None:
    http = CannedHttp(OK)
    document = calling(method="DELETE")
    document["nodes"][0]["id"] = "prüfen 1"
    compiled = compile_workflow(parse(document))
    context = RunContext(run_id="r1", http=http)
    await compiled.graph.ainvoke(compiled.initial_state({"n": 7}), context=context)
    assert http.sent[0].headers["idempotency-key"] == "r1:pr%C3%BCfen%201:1"


async def test_headers_that_are_given_win() -> None:
    http = CannedHttp(OK)
    given = {"Idempotency-Key": "mine", "Content-Type": "text/csv"}
    await output_of(calling(method="PUT", body="a,b", headers=given), http)
    assert http.sent[0].headers == {"content-type": "text/csv", "idempotency-key": "mine"}
    assert http.sent[0].content == b"a,b"


async def test_a_get_has_no_idempotency_key() -> None:
    http = CannedHttp(OK)
    await output_of(calling(), http)
    assert http.sent[0].headers == {}


async def test_a_bad_status_is_an_answer_unless_it_is_to_fail() -> None:
    http = CannedHttp(HttpResponse(status=503, headers={}, text="later"))
    assert (await output_of(calling(), http))["status"] == 503
    with pytest.raises(NodeFailedError, match="was answered with 503 Service Unavailable") as error:
        await output_of(calling(fail_on_status=True), http)
    assert error.value.failure.type == "EXECUTION"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"headers": {"Host": "intranet"}}, "the header 'Host' is set by the sender; leave it out"),
        ({"method": "TRACE"}, "config 'method'"),
        ({"timeout": 0}, "config 'timeout'"),
        ({"query": {"a": {"b": 1}}}, "the parameter 'a' is nested"),
    ],
)
def test_a_wrong_config_is_a_problem(config: dict[str, Any], message: str) -> None:
    (problem,) = check(parse(calling(**config)))
    assert problem.code == "invalid-config"
    assert message in problem.message
