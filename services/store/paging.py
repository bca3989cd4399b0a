"""Pages of a list: some items, and an opaque cursor that says where the next page begins."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.errors import CursorError

Item = TypeVar("Item")
RowLike = TypeVar("RowLike")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """Some items of a list; `next_cursor` is None on the last page."""

    items: tuple[Item, ...]
    next_cursor: str | None


def page_of(
    rows: Sequence[RowLike],
    limit: int,
    item: Callable[[RowLike], Item],
    key: Callable[[RowLike], Sequence[str | int]],
) -> Page[Item]:
    """The page that `limit + 1` rows make: the one too many only tells that there are more."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(
        items=tuple(item(row) for row in shown),
        next_cursor=to_cursor(key(shown[-1])) if more else None,
    )


async def every(page: Callable[[str | None], Awaitable[Page[Item]]]) -> AsyncIterator[Item]:
    """All items of a list, of which `page` gives the page after a cursor."""
    cursor: str | None = None
    while True:
        found = await page(cursor)
        for item in found.items:
            yield item
        if (cursor := found.next_cursor) is None:
            return


def to_cursor(key: Sequence[str | int]) -> str:
    """The sort key of a page's last item, as text that clients hand back."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def from_cursor(cursor: str, *types: type) -> tuple[Any, ...]:
    """The sort key in a cursor.

    Raises:
        CursorError: no page gave this cursor.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError as error:
        raise CursorError(cursor) from error
    if not isinstance(key, list) or [type(part) for part in key] != list(types):
        raise CursorError(cursor)
    return tuple(key)
