"""Where a character of a YAML or JSON string stands in the file.

A string can be written in five ways, with escapes, folded lines and indentation. What they all have
in common is the order of the characters that are no white space: so these are counted.
"""

from __future__ import annotations

import re

import yaml

_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_HEADER = re.compile(r"[|>][^\n]*\n")
_DOUBLE = re.compile(r"\\(?:x..|u....|U........|\r?\n|.)|\S", re.DOTALL)
_SINGLE = re.compile(r"''|\S")
_PLAIN = re.compile(r"\S")
_BLANK = re.compile(r"\\(?:[ \tnrtNL_P0abefv]|x0[9aAdD]|x20|\r?\n|u00(?:0[9aAdD]|20))\Z")
"""Escapes that stand for white space, or for nothing."""


def place_in_scalar(text: str, node: yaml.ScalarNode, line: int, column: int) -> tuple[int, int]:
    """Line and column in the text of the character at a line and column of the node's value."""
    lines = node.value.split("\n")
    before = "\n".join([*lines[: line - 1], "".join(lines[line - 1 : line])[: column - 1]])
    offset = _offset(text, node, sum(not sign.isspace() for sign in before))
    above = text.count("\n", node.start_mark.index, offset)
    return node.start_mark.line + 1 + above, offset - text.rfind("\n", 0, offset)


def _offset(text: str, node: yaml.ScalarNode, count: int) -> int:
    """Where the sign of the value is that so many signs come before; white space does not count."""
    start = _end(_PROPERTIES, text, node.start_mark.index)
    match node.style:
        case "|" | ">":
            start, signs = _end(_HEADER, text, start), _PLAIN
        case '"':
            start, signs = start + 1, _DOUBLE
        case "'":
            start, signs = start + 1, _SINGLE
        case _:
            signs = _PLAIN
    place = start
    for sign in signs.finditer(text, start, node.end_mark.index):
        if _BLANK.match(sign.group()):
            continue
        place = sign.start()
        if count == 0:
            break
        count -= 1
    return place


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start
