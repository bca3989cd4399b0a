"""All that LangGraph's clients ask for, below one address."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter

from api.access import READ
from api.langgraph import absent, assistants, crons, runs, state, stateless, threads

PREFIX: Final = "/langgraph"

router = APIRouter(prefix=PREFIX, include_in_schema=False)
"""Not in the OpenAPI document: this interface is LangGraph's, and described there."""


@router.get("/ok", dependencies=READ)
async def ok() -> dict[str, bool]:
    """That the server answers."""
    return {"ok": True}


@router.get("/info", dependencies=READ)
async def info() -> dict[str, Any]:
    """Which server this is, and what it can do."""
    return {
        "version": version("workflow-compiler"),
        "langgraph_py_version": version("langgraph"),
        "flags": {"assistants": True, "crons": True, "langsmith": False},
    }


# What is named comes before what has an id: `runs/stream` is no run, `threads/search` no thread.
for _part in (absent, assistants, threads, state, crons, runs, stateless):
    router.include_router(_part.router)
