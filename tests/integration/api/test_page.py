"""The page: one document, files for ever, and headers that keep browsers strict."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.static import DIRECTORY, SecurityHeaders, page_routes
from tests.integration.api.site import Site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "assets" / "index-abc123.js").write_text("let x")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path


def client(folder: Path) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(page_routes(folder))
    app.add_middleware(SecurityHeaders)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/42", "/tasks", "/tasks/9", "/workflows/7"])
async def test_every_address_of_the_page_is_the_same_document(folder: Path, path: str) -> None:
    async with client(folder) as http:
        answer = await http.get(path)
    assert answer.status_code == 200
    assert answer.text == "<!doctype html><title>page</title>"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_files_are_kept_for_ever(folder: Path) -> None:
    async with client(folder) as http:
        answer = await http.get("/assets/index-abc123.js")
    assert answer.text == "let x"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer.headers["Cache-Control"]


async def test_people_at_an_unknown_address_get_the_page(site: Site) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    lost = await site.http.get("/zzz", headers=browser)
    assert (lost.status_code, lost.text) == (404, (await site.http.get("/")).text)
    for path, headers in (("/zzz", {}), ("/api/v1/zzz", browser), ("/assets/zzz", browser)):
        answer = await site.http.get(path, headers=headers)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"
    posted = await site.http.post("/zzz", headers=browser)
    assert posted.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/assets/..%2Fsecret.txt", "/assets/%2e%2e", "/licenses.txt"]
)
async def test_nothing_else_is_given_out(folder: Path, path: str) -> None:
    async with client(folder) as http:
        answer = await http.get(path)
    assert answer.status_code == 404


async def test_without_a_built_page_the_server_says_so(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        answer = await http.get("/")
    assert answer.status_code == 200
    assert "not built" in answer.text


async def test_the_built_page_finds_its_files(site: Site) -> None:
    page = (await site.http.get("/runs/42")).text
    for asset in (DIRECTORY / "assets").iterdir():
        answer = await site.http.get(f"/assets/{asset.name}")
        assert answer.status_code == 200
    assert "/assets/" in page


async def test_a_page_may_load_its_own_files_and_nothing_else(site: Site) -> None:
    answer = await site.http.get("/runs/42")
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    assert (policy["default-src"], policy["script-src"]) == ("'none'", "'self'")
    assert not [name for name, sources in policy.items() if "unsafe" in sources or "*" in sources]
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
