"""The REST interface: each route turns a request into one use case and its result into JSON."""
