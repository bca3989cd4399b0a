"""Runs that go on from another one: what they keep of it, and with which version they may."""
