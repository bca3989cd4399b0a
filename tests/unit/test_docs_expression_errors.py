"""The page of expression errors has an example of every message that the code can give."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import workflow_compiler.expressions
from docs.expression_errors import expression_errors_page

PACKAGE = Path(workflow_compiler.expressions.__file__).parent
RAISING = {"fault", "RefusedError", "EvaluationError"}
NEVER_SEEN = {
    "this operator is not part of the language": "the tokens let none through",
    "arguments are not named": "the tokens let no = through",
    "give them by their position": "the hint to it",
    "a config field": "a place, no message",
    "this literal is not part of the language": "the tokens let none through",
    "half of a surrogate pair is no character": "cannot stand in a page",
    "the pattern holds half of a surrogate pair": "cannot stand in a page",
    "a number that JSON cannot write is in it": "data is JSON",
    "the result is too large a number": "needs a number that JSON cannot write",
    "the number has too many digits for a string": "needs a number that JSON cannot write",
    "{} has no JSON form": "data is JSON",
    "the keys of an object are strings, not {}": "data is JSON",
    "its text would be longer than {} characters": "needs megabytes in one value",
    "{}() takes a string of at most {} characters": "int(digits) of another kind",
}


def messages() -> Iterator[str]:
    """What the code says, with {} for what it fills in."""
    for path in sorted(PACKAGE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in RAISING:
                yield from (text for arg in node.args[:3] if (text := _text(arg)))


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _text(argument: ast.expr) -> str | None:
    match argument:
        case ast.Constant(value=str() as text) if " " in text:
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in parts)
        case _:
            return None


def test_every_message_has_an_example():
    page = expression_errors_page().replace(r"\|", "|")
    missing = {
        text for text in messages() if not re.search(re.escape(text).replace(r"\{\}", ".*"), page)
    }
    assert missing == NEVER_SEEN.keys()
