"""An MCP server on standard input and output, for tests; run as a script."""

from __future__ import annotations

from mcp.server.fastmcp import FastMCP

server = FastMCP("numbers")


@server.tool()
def add(a: int, b: int) -> dict[str, int]:
    """Add two numbers."""
    return {"sum": a + b}


@server.tool(structured_output=False)
def say(text: str) -> str:
    """Say something, as text and not as data."""
    return f"I say {text}"


@server.tool()
def divide(a: int, b: int) -> float:
    """Divide a number by another."""
    return a / b


if __name__ == "__main__":
    server.run()
