"""A module of LangChain tools, as the setting WORKFLOW_TOOLS names it."""

from __future__ import annotations

from langchain_core.tools import ToolException, tool


@tool
async def weather(city: str) -> dict[str, object]:
    """How the weather is in a city."""
    return {"city": city, "degrees": 18}


@tool
def shout(text: str) -> str:
    """Say it louder."""
    return text.upper()


@tool(response_format="content_and_artifact")
async def chart(values: list[int]) -> tuple[str, list[int]]:
    """Draw numbers."""
    return f"a chart of {len(values)} values", values


@tool
async def broken() -> str:
    """Fail and say so."""
    raise ToolException("the line is down")


again = weather
"""A second name in the module for the same tool."""
