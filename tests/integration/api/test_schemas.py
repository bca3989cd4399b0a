"""What the server says is what its schemas say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.integration.api.site import FAILING, GREETING, TALKING, Site, heard, say

ASYNCAPI = Path(__file__).parents[2] / "support" / "asyncapi-3.0.0.schema.json"
"""AsyncAPI's own schema of its documents (Apache-2.0), without bindings, prose and examples."""


@pytest.fixture
async def asyncapi(site: Site) -> dict[str, Any]:
    return dict((await site.http.get("/api/v1/asyncapi.json")).json())


async def test_the_asyncapi_document_is_one(asyncapi: dict[str, Any]) -> None:
    validator = jsonschema.Draft7Validator(json.loads(ASYNCAPI.read_text("utf-8")))
    assert list(validator.iter_errors(asyncapi)) == []
    assert not validator.is_valid(asyncapi | {"operations": {"hear": {"action": "listen"}}})


async def test_every_event_fits_the_schema_of_events(site: Site) -> None:
    schema = (await site.http.get("/api/v1/schemas/event")).json()
    validator = jsonschema.Draft202012Validator(schema)
    for definition in (GREETING, FAILING, TALKING):
        run = await site.run(definition)
        events = (await site.http.get(f"/api/v1/runs/{run['id']}/events")).json()["items"]
        assert events
        for event in events:
            validator.validate(event)
        assert not validator.is_valid(events[0] | {"seq": 0})


async def test_every_message_fits_its_schema(site: Site, asyncapi: dict[str, Any]) -> None:
    options = asyncapi["operations"]["tell"]["messages"]
    names = [option["$ref"].rpartition("/")[2] for option in options]
    schema = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in names]} | asyncapi
    validator = jsonschema.Draft7Validator(schema)
    run = await site.run(GREETING, {"name": "Ada"})
    seen: set[str] = set()
    async with site.socket() as socket:
        await say(socket, type="ping")
        await say(socket, type="subscribe", run_id=run["id"], after_seq=5, id=1)
        await say(socket, type="subscribe", project_id="default")
        await say(socket, type="subscribe", run_id="nope")
        site.services.hub.lose_track()
        while not {"pong", "subscribed", "event", "end", "error"} <= seen:
            message = await heard(socket)
            validator.validate(message)
            seen.add(message["type"])
