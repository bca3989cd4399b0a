"""Tells the world about runs: subscribers in this process, and webhooks outside."""
