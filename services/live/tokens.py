"""Joins the pieces of text that models stream, so that tokens do not become frames one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from services.domain.events.frames import Frame, to_frame, to_stored
from services.domain.events.vocabulary import Token


def join(run_id: str, tokens: Iterable[Token]) -> list[Frame]:
    """One frame for each visit that the tokens are of, its text in order."""
    strands: dict[tuple[str, str, int, int], list[Token]] = {}
    for token in tokens:
        strand = (token.node_id, token.path, token.visit, token.attempt)
        strands.setdefault(strand, []).append(token)
    return [to_frame(run_id, to_stored(_joined(strand))) for strand in strands.values()]


def _joined(strand: list[Token]) -> Token:
    return replace(strand[0], text="".join(token.text for token in strand))
