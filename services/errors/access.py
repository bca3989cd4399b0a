"""What can go wrong with who asks."""

from __future__ import annotations

from services.errors.base import NotFoundError, ServiceError


class AccessError(ServiceError):
    """Whoever asks may not."""


class UnauthenticatedError(AccessError):
    """Nobody knows who asks: there is no key, or it opens nothing (any more)."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; send a valid one as 'Authorization: Bearer KEY'")


class ForbiddenError(AccessError):
    """Whoever asks is known, and may not do this."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        super().__init__(f"this needs {wanted}, which your key does not have")


class KeyNotFoundError(NotFoundError):
    """There is no API key with this id."""

    def __init__(self, key_id: str) -> None:
        super().__init__("key", key_id)
