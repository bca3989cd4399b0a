"""The application keeps what its OpenAPI document promises, whatever it is sent."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from api.access import OPEN
from tests.integration.api.site import FAILING, GREETING, Site, open_site

REPO = Path(__file__).parents[3]
PROGRAM = (Path(sys.executable).parent / "schemathesis").as_posix()


KEY = "the-key-of-the-contract-tests"
"""It makes keys and revokes those that it finds: this one is not among them."""


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path, api_key=KEY) as opened:
        opened.http.headers["Authorization"] = f"Bearer {KEY}"
        yield opened


async def examined(site: Site, folder: Path, *options: str) -> tuple[int | None, str]:
    """How Schemathesis finds the site: 0 for no fault, and its report."""
    await site.run(GREETING, {"name": "Ada"})
    await site.run(FAILING)
    # To make the document takes some time, after which it is kept.
    await site.http.get("/api/v1/openapi.json")
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        f"--config-file={REPO}/tests/support/contract.toml",
        "run",
        f"{site.url}/api/v1/openapi.json",
        f"--header=Authorization: Bearer {KEY}",
        *options,
        cwd=folder,
        env={"PYTHONPATH": str(REPO)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    report, _ = await process.communicate()
    return process.returncode, report.decode()


async def test_the_document_is_sound(site: Site) -> None:
    validate((await site.http.get("/api/v1/openapi.json")).json())


async def test_a_parameter_is_left_out_and_never_null(site: Site) -> None:
    document = (await site.http.get("/api/v1/openapi.json")).json()
    operations = [op for path in document["paths"].values() for op in path.values()]
    schemas = [each["schema"] for op in operations for each in op.get("parameters", ())]
    assert schemas
    assert not [schema for schema in schemas if {"type": "null"} in schema.get("anyOf", ())]


async def test_no_two_schemas_have_one_name(site: Site) -> None:
    """Generators of clients name classes by titles; two of one name are one too few."""
    document = (await site.http.get("/api/v1/openapi.json")).json()
    assert not [name for name in document["components"]["schemas"] if "__" in name]


async def test_the_document_says_where_a_key_is_needed(site: Site) -> None:
    document = (await site.http.get("/api/v1/openapi.json")).json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["security"] == ([] if path in OPEN else [{"key": []}]), path


@pytest.mark.timeout(240)
async def test_examples_and_the_borders_of_every_schema(site: Site, tmp_path: Path) -> None:
    code, report = await examined(
        site, tmp_path, "--phases=examples,coverage", "--generation-deterministic", "--max-time=12"
    )
    assert code == 0, report


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_chance_finds_no_fault(site: Site, tmp_path: Path) -> None:
    code, report = await examined(
        site, tmp_path, "--phases=fuzzing,stateful", "--max-examples=50", "--max-time=300"
    )
    assert code == 0, report


async def test_the_framework_answers_with_problems_too(site: Site) -> None:
    for method, path, status in (
        ("GET", "/api/v1/nothing", 404),
        ("PUT", "/api/v1/runs", 405),
        ("DELETE", "/api/v1/projects/default/webhooks", 405),
    ):
        answer = await site.http.request(method, path)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Allow"] == "GET, POST"
