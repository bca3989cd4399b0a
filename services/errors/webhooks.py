"""What can go wrong with webhooks."""

from __future__ import annotations

from services.errors.base import ConflictError, InputError, NotFoundError


class WebhookNotFoundError(NotFoundError):
    """The project has no webhook with this id."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__("webhook", webhook_id)


class DeliveryNotFoundError(NotFoundError):
    """The webhook has no delivery with this id."""

    def __init__(self, delivery_id: str) -> None:
        super().__init__("delivery", delivery_id)


class DeliveryIsOnItsWayError(ConflictError):
    """The delivery is being sent just now; what comes of it is known soon."""

    def __init__(self, delivery_id: str) -> None:
        self.delivery_id = delivery_id
        super().__init__(f"delivery {delivery_id!r} is being sent; look at it again in a moment")


class WebhookError(InputError):
    """A webhook cannot be as it is wanted; `problems` says all that is wrong with it."""
