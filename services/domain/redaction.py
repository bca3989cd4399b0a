"""Takes secrets out of whatever is kept or shown, by their values and however they are written.

A server that is sent a header may answer with it, and a model may say what it was told; nobody can
know where. So every text is searched for the values themselves: as they are, and as they look in
URLs, in JSON, in base64 and in hexadecimal digits; in capital and small letters alike, since
servers answer with headers in a case of their own.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final
from urllib.parse import quote, quote_plus

MIN_LENGTH: Final = 8
"""A shorter value would be found in texts that have nothing to do with it."""

# What a URL holds as it is, in its query and in its path (the percent-encode sets of the URL
# standard): clients quote only the rest, so that a value stands there half quoted.
_IN_QUERY: Final = "!$%&'()*+,/:;=?@[\\]^`{|}"
_IN_PATH: Final = "!$%&'()*+,/:;=@[\\]^|"

_BASE64_BITS: Final = 6
_BYTE_BITS: Final = 8
_ALIGNMENTS: Final = 3


def replacement(name: str) -> str:
    """What stands in the place of a secret."""
    return f"[secret {name}]"


class Redactor:
    """Finds the values of some secrets, given by their names."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._names = {
            _folded(written): name
            for name, value in secrets.items()
            for written in _writings(value)
        }
        # Of two that begin at the same place the longer one is the whole of it.
        self._writings = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._writings)))

    def text(self, text: str) -> str:
        """A text without secrets."""
        if not self._names:
            return text
        pieces, end = [], 0
        for found in self._pattern.finditer(_folded(text)):
            pieces += [text[end : found.start()], replacement(self._names[found[0]])]
            end = found.end()
        return "".join((*pieces, text[end:])) if pieces else text

    def value(self, value: Any) -> Any:
        """A value without secrets in its texts, its keys and the digits of its numbers."""
        if not self._names:
            return value
        match value:
            case str():
                return self.text(value)
            case bool() | None:
                return value
            case int() | float():
                digits = str(value)
                return value if (shown := self.text(digits)) == digits else shown
            case Mapping():
                return {self.value(key): self.value(part) for key, part in value.items()}
            case list() | tuple():
                return type(value)([self.value(part) for part in value])
            case _ if is_dataclass(value) and not isinstance(value, type):
                parts = {field.name: getattr(value, field.name) for field in fields(value)}
                return replace(value, **{name: self.value(part) for name, part in parts.items()})
            case _:
                return value

    def held_back(self, text: str) -> int:
        """How many signs at the end of a text may be the beginning of a secret."""
        longest = len(self._writings[0]) - 1 if self._writings else 0
        if longest == 0:
            return 0
        last = _folded(text[-longest:])
        for size in range(len(last), 0, -1):
            end = last[-size:]
            if any(written.startswith(end) for written in self._writings):
                return size
        return 0


class Trickle:
    """Takes secrets out of a text that comes piece by piece, wherever the pieces are cut."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._waiting = ""

    def take(self, piece: str) -> str:
        """What can be shown after this piece; the rest waits for the next one."""
        text = self._redactor.text(self._waiting + piece)
        shown = len(text) - self._redactor.held_back(text)
        self._waiting = text[shown:]
        return text[:shown]

    def end(self) -> str:
        """What has waited for a piece that does not come."""
        text, self._waiting = self._waiting, ""
        return text


class Trickles:
    """The texts that come piece by piece at the same time, each known by a key of its own."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._open: dict[Hashable, Trickle] = {}

    def take(self, key: Hashable, piece: str) -> str:
        """What can be shown of a text after this piece."""
        return self._open.setdefault(key, Trickle(self._redactor)).take(piece)

    def end(self, key: Hashable) -> str:
        """What has waited of a text that is over."""
        trickle = self._open.pop(key, None)
        return "" if trickle is None else trickle.end()


def _folded(text: str) -> str:
    """A text of the same length whose ASCII letters are small: the length of others may differ."""
    if text.isascii():
        return text.lower()
    return text.encode(errors="surrogatepass").lower().decode(errors="surrogatepass")


def _writings(value: str) -> Iterator[str]:
    """The ways in which a value is written in texts of all kinds, but for the case of ASCII."""
    yield value
    yield value.upper()
    yield value.lower()
    yield from _in_urls(value)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield html.escape(value)
    content = value.encode(errors="surrogatepass")
    yield content.hex()
    for before in range(_ALIGNMENTS):
        core = _base64_core(content, before)
        yield core
        yield core.replace("+", "-").replace("/", "_")


def _in_urls(value: str) -> Iterator[str]:
    """The ways in which clients write a value in a URL, or in the body of a form."""
    yield quote(value, safe="")
    yield quote(value)
    yield quote_plus(value)
    yield quote(value, safe=_IN_QUERY)
    path, mark, query = value.partition("?")
    yield quote(path, safe=_IN_PATH) + mark + quote(query, safe=_IN_QUERY)


def _base64_core(content: bytes, before: int) -> str:
    """The signs of base64 that only the content decides, after so many bytes of something else."""
    encoded = base64.b64encode(bytes(before) + content).decode()
    first = -(-before * _BYTE_BITS // _BASE64_BITS)
    last = (before + len(content)) * _BYTE_BITS // _BASE64_BITS
    return encoded[first:last]
