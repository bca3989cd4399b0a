"""From the text that people write to the text that Python's parser reads.

`&&`, `||` and `!` become words, line breaks become spaces, and a key that is a reserved word
(`input.from`) becomes a subscript. Every character remembers the token it came from, so that
an error points into the text as it was written.
"""

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from workflow_compiler.expressions.errors import ExpressionSyntaxError

_TOKEN: Final = re.compile(
    r"""
      (?P<space>  \s+ )
    | (?P<string> (?P<prefix>[rbuftRBUFT]{0,2})
                  (?:"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*') )
    | (?P<number> (?:\d+\.?\d*|\.\d+) (?:[eE][+-]?\d+)? (?![\w.]) )
    | (?P<key>    \.\s*[^\W\d]\w* )
    | (?P<word>   [^\W\d]\w* )
    | (?P<symbol> &&|\|\||\*\*|<<|>>|:=|===|!==|==|!=|<=|>=|//|->|\?\?|. )
    """,
    re.VERBOSE | re.DOTALL,
)
_LEADING_ZEROS: Final = re.compile(r"0+[1-9]\d*")
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPES: Final = frozenset("\\'\"abfnrtvxuU")
_COMPARISONS: Final = frozenset({"==", "!=", "<=", ">=", "<", ">"})
_ARITHMETIC: Final = frozenset({"+", "-", "*", "/", "//", "%"})
_PUNCTUATION: Final = frozenset({"(", ")", "[", "]", "{", "}", ",", ".", ":"})
_SYMBOLS: Final = _COMPARISONS | _ARITHMETIC | _PUNCTUATION
_SPELLINGS: Final[Mapping[str, str]] = MappingProxyType({"&&": " and ", "||": " or ", "!": " not "})
_WORDS: Final = frozenset(["and", "or", "not", "in", "if", "else", "True", "False", "None"])
_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "=": "write == to compare",
        "===": "write == to compare",
        "!==": "write != to compare",
        "&": "write and",
        "|": "write or",
        "?": "write: a if condition else b",
        "??": "write get(x, 'key', default) for a value that may be missing",
        ":=": "an expression cannot assign; use a set node",
        "**": "multiply instead",
        '"': "close the string with the same quote, on the same line",
        "'": "close the string with the same quote, on the same line",
        "is": "write == to compare",
        "lambda": "an expression cannot define functions",
        "for": "use a foreach node, or a function such as any, all or sum",
    }
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """One line of Python, and for each of its characters the offset that it stems from.

    `origins` has one entry more than `text` has characters: the offset of the end.
    """

    text: str
    origins: tuple[int, ...]


def normalise(source: str, start: int, end: int) -> Normalised:
    """Rewrite `source[start:end]` as one line of Python.

    Raises:
        ExpressionSyntaxError: It holds a symbol, a word or a literal that the language has not.
    """
    pieces: list[str] = []
    origins: list[int] = []
    for offset, piece in _rewrite(source, start, end):
        pieces.append(piece)
        origins.extend([offset] * len(piece))
    text = "".join(pieces)
    margin = len(text) - len(text.lstrip())  # Python would take it for an indent
    return Normalised(text[margin:], (*origins[margin:], end))


def fault(source: str, offset: int, message: str, hint: str | None = None) -> ExpressionSyntaxError:
    """Point at one character of the text."""
    line_start = source.rfind("\n", 0, offset) + 1
    line = source.count("\n", 0, offset) + 1
    return ExpressionSyntaxError(message, offset - line_start + 1, hint, line)


def adjoining(text: str, start: int) -> int:
    """The offset of the first value after `start` that follows another one without an operator.

    Where there is none, `start`.
    """
    follows = ""
    for token in _TOKEN.finditer(text, start):
        kind = _role(token)
        if follows and kind != "space" and _begins_value(kind, follows):
            return token.start()
        if kind != "space":
            follows = kind if kind in {"string", "number", "word", "key", "close"} else ""
    return start


def _begins_value(kind: str, follows: str) -> bool:
    return kind in {"number", "word", "brace"} or (kind == "string" and follows != "string")


def _role(token: re.Match[str]) -> str:
    """What a token is to its neighbours."""
    match token.lastgroup, token.group():
        case "word", ("and" | "or" | "not" | "in" | "if" | "else"):
            return "operator"
        case "symbol", (")" | "]" | "}"):
            return "close"
        case "symbol", "{":
            return "brace"
        case kind, _:
            return kind or ""


def _rewrite(source: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    for token in _TOKEN.finditer(source, start, end):
        match token.lastgroup:
            case "space":
                piece = " "
            case "string":
                piece = _string(source, token)
            case "number":
                piece = _number(source, token)
            case "key":
                piece = _key(token)
            case "word":
                piece = _word(source, token)
            case _:
                piece = _symbol(source, token)
        yield token.start(), piece


def _string(source: str, token: re.Match[str]) -> str:
    written, prefix = token.group(), token["prefix"]
    if prefix not in {"", "r"}:
        message = f"a string with the prefix {prefix!r} is not part of the language"
        raise fault(source, token.start(), message, "only r'...' has one; build text with +")
    if len(written) == len("''") and source.startswith(written[0], token.end()):
        message = "triple quotes are not part of the language"
        raise fault(source, token.start(), message, "write one quote on each side")
    return written if prefix else _ESCAPE.sub(_escape, written)


def _escape(escape: re.Match[str]) -> str:
    # Python warns of an unknown escape such as "\d" and then keeps its backslash; patterns are
    # full of them, so they are spelled out here.
    return escape.group() if escape[1] in _ESCAPES else rf"\\{escape[1]}"


def _number(source: str, token: re.Match[str]) -> str:
    before = source[token.start() - 1 : token.start()]
    if token.group().startswith(".") and (before.isalnum() or before in {"_", "]", ")"}):
        hint = f"write [{token.group()[1:]}]"
        raise fault(source, token.start(), "a position in a list follows no dot", hint)
    if _LEADING_ZEROS.fullmatch(token.group()):
        hint = f"write {token.group().lstrip('0')}; there are no octal numbers"
        raise fault(source, token.start(), "a whole number does not begin with 0", hint)
    return token.group()


def _key(token: re.Match[str]) -> str:
    key = token.group()[1:].strip()
    return f'["{key}"]' if keyword.iskeyword(key) else f".{key}"


def _word(source: str, token: re.Match[str]) -> str:
    word = token.group()
    if keyword.iskeyword(word) and word not in _WORDS:
        hint = _HINTS.get(word, f"a node of this name is read as nodes[{word!r}]")
        raise fault(source, token.start(), f"{word!r} is not part of the language", hint)
    return word


def _symbol(source: str, token: re.Match[str]) -> str:
    symbol = token.group()
    if symbol in _SYMBOLS:
        return symbol
    if symbol in _SPELLINGS:
        return _SPELLINGS[symbol]
    hint = _HINTS.get(symbol)
    if symbol.isdecimal():
        message, hint = "this is no number of the language", "write it like 12, 0.5 or 1e6"
    elif symbol in {"'", '"'}:
        message = "this string is not closed"
    else:
        message = f"{symbol!r} is not part of the language"
    raise fault(source, token.start(), message, hint)
