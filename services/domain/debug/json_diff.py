"""Where two JSON values differ, by pointers, as far as anybody would read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from workflow_compiler.definition.source import pointer_of

MAX_DIFFERENCES: Final = 50
MAX_TEXT: Final = 1_000
"""Characters of a text that are shown where it differs."""


class Change(StrEnum):
    """How a place of one value differs from the same place of another."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where two values differ; `before` is null where it was added, `after` removed."""

    pointer: str
    change: Change
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Differences:
    """The first differences of two values, from the top; not `is_complete` where there are more."""

    items: tuple[Difference, ...] = ()
    is_complete: bool = True

    def __bool__(self) -> bool:
        """Whether the values differ."""
        return bool(self.items)


def differences(before: Any, after: Any, most: int = MAX_DIFFERENCES) -> Differences:
    """Where two JSON values differ. Items of lists are compared by their place."""
    found = tuple(islice(_walk(before, after, ""), most + 1))
    return Differences(found[:most], is_complete=len(found) <= most)


def _walk(before: Any, after: Any, pointer: str) -> Iterator[Difference]:
    match before, after:
        case dict(), dict():
            for key in dict.fromkeys((*before, *after)):
                yield from _member(key, before, after, pointer)
        case list(), list():
            one, other = dict(enumerate(before)), dict(enumerate(after))
            for index in range(max(len(one), len(other))):
                yield from _member(index, one, other, pointer)
        case _ if _same(before, after):
            return
        case _:
            yield _difference(pointer, Change.CHANGED, before, after)


def _member(key: str | int, before: Any, after: Any, pointer: str) -> Iterator[Difference]:
    place = pointer + pointer_of(key)
    if key not in before:
        yield _difference(place, Change.ADDED, None, after[key])
    elif key not in after:
        yield _difference(place, Change.REMOVED, before[key], None)
    else:
        yield from _walk(before[key], after[key], place)


def _same(before: Any, after: Any) -> bool:
    """As JSON has it: 1 and 1.0 are one number, but true is none."""
    return isinstance(before, bool) == isinstance(after, bool) and bool(before == after)


def _difference(pointer: str, change: Change, before: Any, after: Any) -> Difference:
    return Difference(
        pointer=pointer, change=change, before=shortened(before), after=shortened(after)
    )


def shortened(value: Any, depth: int = 4) -> Any:
    """A value without what nobody reads: the end of long texts, and what is deep or many."""
    match value:
        case str() if len(value) > MAX_TEXT:
            return f"{value[:MAX_TEXT]}… ({len(value):,} characters)"
        case dict() | list() if depth == 0:
            return f"… ({len(value):,} inside)"
        case dict():
            kept = dict(islice(value.items(), MAX_DIFFERENCES))
            return {key: shortened(part, depth - 1) for key, part in kept.items()}
        case list():
            return [shortened(part, depth - 1) for part in value[:MAX_DIFFERENCES]]
        case _:
            return value
