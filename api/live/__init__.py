"""The WebSocket: runs and projects shown live, on one line for as many of them as a page needs."""
