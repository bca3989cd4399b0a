"""The outside of the service: REST, WebSocket, the page, and the command line."""
