"""Tells the world about runs: subscribers in this process, and webhooks outside."""

from services.hooks.subscribers import Happening, Subscriber

__all__ = ["Happening", "Subscriber"]
