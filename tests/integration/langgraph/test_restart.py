"""A server that is killed in the middle of a stream: the client notices nothing but a pause."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client

from tests.support.clients import client_of

SLOW: dict[str, Any] = {
    "name": "slow",
    "variables": {"steps": {"reducer": "append"}},
    "nodes": [
        {"id": "first", "type": "set", "config": {"values": {"steps": "1"}}},
        {"id": "rest", "type": "timer", "config": {"seconds": 3}},
        {"id": "second", "type": "set", "config": {"values": {"steps": "2"}}},
    ],
    "edges": [{"source": "first", "target": "rest"}, {"source": "rest", "target": "second"}],
}


@asynccontextmanager
async def serving(folder: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """A server in a process of its own, which is up."""
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api.cli.main", "serve", "--port", str(port)),
        env={
            **os.environ,
            "WORKFLOW_DATABASE_URL": f"sqlite:///{folder / 'restart.db'}",
            "WORKFLOW_LEASE_SECONDS": "1",
            "WORKFLOW_SAMPLES": "false",
        },
        stderr=asyncio.subprocess.PIPE,
    )
    assert server.stderr is not None
    async for line in server.stderr:
        if b"http://" in line:
            break
    try:
        yield server
    finally:
        if server.returncode is None:
            server.kill()
        await server.communicate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.filterwarnings("ignore:Reconnecting")
async def test_a_stream_goes_on_after_a_restart_and_tells_each_part_once(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    client = get_client(url=f"{url}/langgraph")
    async with serving(tmp_path, port) as server:
        async with client_of() as http:
            stored = f"{url}/api/v1/projects/default/workflows"
            assert (await http.post(stored, json={"definition": SLOW})).status_code == 201
        thread = (await client.threads.create())["thread_id"]
        streaming = client.runs.stream(
            thread, "slow", stream_mode=["updates"], stream_resumable=True
        )
        told = [await anext(streaming) for _ in range(2)]
        server.kill()
        await server.wait()
    async with serving(tmp_path, port):
        told += [part async for part in streaming]
        assert (await client.runs.list(thread))[0]["status"] == "success"
    updates = [list(part.data) for part in told if part.event == "updates"]
    assert updates == [["first"], ["rest"], ["second"]]
    assert told[-1].event == "end"
    await client.http.client.aclose()
