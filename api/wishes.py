"""What somebody who goes on from a run wants, in the words of the service."""

from __future__ import annotations

from api.schemas import RetryBody
from services.domain.reruns.going_on import From
from services.usecases.retries import Wish


def wish_of(body: RetryBody) -> Wish:
    """The same for the service."""
    begin: From | None = None
    if body.from_node is not None:
        begin = From(node_id=body.from_node, path=body.path, visit=body.visit)
    return Wish(begin=begin, run_input=body.input, version=body.version)
