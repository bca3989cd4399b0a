"""The conformance suite finds what is wrong with a node type: each test of it can fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
from pydantic import BaseModel, Field

from workflow_compiler import NodeConfig, NodeContext, NodeError, NodeType, testing
from workflow_compiler.errors import ErrorType
from workflow_compiler.registry import Completed, Work
from workflow_compiler.testing import Example, NodeTypeSuite

Behave = Callable[[Any, NodeContext], Awaitable[Any]]


class Config(NodeConfig):
    text: str = Field("hello", description="What to say.")


class Open(NodeConfig, extra="allow"):
    text: str = ""


class Bare(NodeConfig):
    inner: Config = Field(Config(), description="More.")
    text: str = ""


class Loose(BaseModel):
    anything: int = Field(0, description="A number.")


class Holder(NodeConfig):
    part: Loose = Field(Loose(), description="A part that takes unknown keys.")


async def well(config: Any, context: NodeContext) -> str:
    del context
    return str(config.text)


async def strange(config: Any, context: NodeContext) -> object:
    del config, context
    return object()


async def undeclared(config: Any, context: NodeContext) -> Completed:
    del config, context
    return Completed(output=None, handle="nowhere")


async def blocking(config: Any, context: NodeContext) -> None:
    del config, context
    time.sleep(0.15)  # noqa: ASYNC251 - this is what the suite has to find


async def wordless(config: Any, context: NodeContext) -> None:
    del config, context
    raise NodeError(ErrorType.EXECUTION, "")


async def deaf(config: Any, context: NodeContext) -> str:
    del config, context
    try:
        await anyio.sleep_forever()
    except BaseException:  # noqa: BLE001 - this is what the suite has to find
        return "never mind"
    return ""


def suite(behaviour: Behave = well, **parts: Any) -> NodeTypeSuite:
    given = {"name": "x", "description": "An x.", "config": Config, "behaviour": behaviour}
    given["work"] = Work.COMPUTING
    made = NodeTypeSuite()
    vars(made).update(node_type=NodeType(**(given | parts)), completes=Example(config={}))
    return made


FINDINGS: dict[str, tuple[NodeTypeSuite, str]] = {
    "no description": (suite(description=" "), "test_it_says_what_it_is"),
    "open": (suite(config=Open), "test_the_config_is_closed"),
    "open inside": (suite(config=Holder), "test_the_config_is_closed"),
    "not described": (suite(config=Bare), "test_every_field_of_the_config_is_described"),
    "reserved": (suite(handles=("error",)), "test_its_handles_are_names_of_its_own"),
    "twice": (suite(handles=("a", "a")), "test_its_handles_are_names_of_its_own"),
    "no JSON": (suite(strange), "test_it_gives_json_and_leaves_by_a_declared_handle"),
    "handle": (suite(undeclared), "test_it_gives_json_and_leaves_by_a_declared_handle"),
    "blocking": (suite(blocking), "test_it_leaves_the_event_loop_to_others"),
    "no example": (suite(work=Work.IO), "test_it_stops_when_it_is_cancelled"),
}


@pytest.mark.parametrize("what", FINDINGS)
def test_it_finds(what: str) -> None:
    broken, test = FINDINGS[what]
    with pytest.raises(AssertionError):
        getattr(broken, test)()


def test_it_finds_an_error_without_words() -> None:
    broken = suite(wordless)
    vars(broken).update(fails=Example(config={}))
    with pytest.raises(AssertionError, match="no message"):
        broken.test_a_failure_has_words()


def test_it_does_not_wait_for_ever_for_what_cannot_be_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    async def stubborn(config: Any, context: NodeContext) -> None:
        del config, context
        while not over.is_set():
            with suppress(BaseException):
                await anyio.sleep_forever()

    monkeypatch.setattr(testing, "_PATIENCE_SECONDS", 0.2)
    broken = suite(stubborn, work=Work.IO)
    vars(broken).update(hangs=Example(config={}))
    with pytest.raises(AssertionError, match="does not stop when it is cancelled"):
        broken.test_it_stops_when_it_is_cancelled()
    over.set()


def test_an_example_that_does_not_fit_is_told_in_words() -> None:
    broken = suite()
    vars(broken).update(completes=Example(config={"text": 1, "more": 2}))
    with pytest.raises(AssertionError, match="text: Input should be a valid string; more: Extra"):
        broken.test_it_gives_json_and_leaves_by_a_declared_handle()


@pytest.mark.parametrize(("behaviour", "why"), [(deaf, "took the cancel"), (well, "has ended")])
def test_it_finds_what_cannot_be_cancelled(behaviour: Behave, why: str) -> None:
    broken = suite(behaviour, work=Work.IO)
    vars(broken).update(hangs=Example(config={}))
    with pytest.raises((AssertionError, ExceptionGroup)) as caught:
        broken.test_it_stops_when_it_is_cancelled()
    assert why in repr(caught.value)


@pytest.mark.parametrize("test", [name for name in dir(NodeTypeSuite) if name.startswith("test_")])
def test_it_finds_nothing_wrong_with_a_good_type(test: str) -> None:
    getattr(suite(handles=("a", "b")), test)()
