"""Joins the pieces of text that models stream, so that tokens do not become frames one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from services.domain.events.frames import Frame, to_frame, to_stored
from services.domain.events.vocabulary import Token

PIECE: Final = 1_000
"""Characters that one message between processes surely holds, however they are spelt there."""


def join(tokens: Iterable[Token]) -> list[Token]:
    """One token for each visit that the tokens are of, its text in order."""
    strands: dict[tuple[str, str, int, int], list[Token]] = {}
    for token in tokens:
        strand = (token.node_id, token.path, token.visit, token.attempt)
        strands.setdefault(strand, []).append(token)
    return [_joined(strand) for strand in strands.values()]


def pieces(token: Token) -> Iterator[Token]:
    """The same text in tokens of at most `PIECE` characters."""
    for start in range(0, len(token.text), PIECE):
        yield replace(token, text=token.text[start : start + PIECE])


def frame_of(run_id: str, token: Token) -> Frame:
    """A token of a run as clients get it."""
    return to_frame(run_id, to_stored(token))


def _joined(strand: list[Token]) -> Token:
    return replace(strand[0], text="".join(token.text for token in strand))
