"""Signs deliveries as Standard Webhooks has it, so that a receiver knows who sent them and when."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Final

_PREFIX: Final = "whsec_"
_KEY_BYTES: Final = 32


def new_secret() -> str:
    """A secret that nobody knows yet."""
    return _PREFIX + b64encode(os.urandom(_KEY_BYTES)).decode()


def signed_headers(secret: str, delivery_id: str, at: datetime, body: bytes) -> Mapping[str, str]:
    """The headers that belong to a body which is sent at this moment."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((delivery_id.encode(), timestamp.encode(), body))
    key = b64decode(secret.removeprefix(_PREFIX))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
