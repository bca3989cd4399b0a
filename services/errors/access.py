"""What can go wrong with who asks."""

from __future__ import annotations

from services.errors.base import ConflictError, NotFoundError, ServiceError


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


class KeyExistsError(ConflictError):
    """The same request has made an API key before, whose text nobody can read again."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(
            f"this request has made the key {key_id!r}, and its answer had the text: if that is"
            " lost, revoke the key and make another one with another Idempotency-Key"
        )
