"""Runs and projects shown live: over a WebSocket, as server-sent events, and as text that lasts."""
