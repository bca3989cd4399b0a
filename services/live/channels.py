"""What a watcher can leave out: each type of event belongs to one channel."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.domain.events.vocabulary import Custom, Log, NodeProgress, Token


class Channel(StrEnum):
    """Events that are wanted, or not, together."""

    LIFECYCLE = "lifecycle"
    PROGRESS = "progress"
    TOKENS = "tokens"
    LOGS = "logs"
    CUSTOM = "custom"


ALL_CHANNELS: Final = frozenset(Channel)

_OWN_CHANNEL: Final[Mapping[str, Channel]] = MappingProxyType(
    {
        NodeProgress.type: Channel.PROGRESS,
        Token.type: Channel.TOKENS,
        Log.type: Channel.LOGS,
        Custom.type: Channel.CUSTOM,
    }
)


def channel_of(event_type: str) -> Channel:
    """The channel of a type of event; whatever changes how a run stands is its lifecycle."""
    return _OWN_CHANNEL.get(event_type, Channel.LIFECYCLE)
