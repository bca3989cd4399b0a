"""What the language refuses, where it points, and what it proposes."""

import pytest

from workflow_compiler.expressions import ExpressionSyntaxError, Names, compile_expression

NAMES = Names(
    roots=frozenset({"input", "vars", "nodes"}), nodes=frozenset({"classify", "node-2", "return"})
)


def refusal(source: str) -> ExpressionSyntaxError:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_expression(source, NAMES)
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        "input.__class__",
        "input._private",
        "().__class__",
        "[].__class__.__mro__",
        "''.__class__.__base__.__subclasses__()",
        "input.\uff3f\uff3fclass\uff3f\uff3f",  # full-width, which Python reads as __class__
        "f'{input.x}'",
        "'a' f'{input.x}'",
        "b'bytes'",
        "u'old'",
        "'''three'''",
        "lambda: 1",
        "(lambda: 1)()",
        "[x for x in input.items]",
        "any(x for x in input.items)",
        "(x := 1)",
        "x = 1",
        "2 ** 9999",
        "1 << 99",
        "1 >> 1",
        "1 & 1",
        "1 | 1",
        "1 ^ 1",
        "~1",
        "input @ input",
        "input.a is None",
        "await input",
        "yield input",
        "import os",
        "input; input",
        "input # comment",
        "input \\\n.a",
        "input[1:2]",
        "{1, 2}",
        "{1: 2}",
        "{input.a: 2}",
        "{**input}",
        "[*input]",
        "len(*input)",
        "len(x=input)",
        "len(**input)",
        "1j",
        "0x10",
        "1_000",
        "...",
        "input.x.format('a')",
        "'{0.__class__}'.format(1)",
        "'a'.join(input.x)",
        "getattr(input, 'x')",
        "eval('1')",
        "__import__('os')",
        "open('/etc/passwd')",
        "len",
        "len(len)",
        "input.items()()",
        "nodes",
        "nodes.get('classify')",
        "nodes[input.id]",
        "nodes[0]",
        "99999999999999999999",
        "9" * 1_999,
        "1e999",
        "'\\ud800'",
        "'\ud800'",
        "input.a \0",
        "(" * 1_000,
        "-" * 1_990 + "1",
        "not " * 499 + "1",
        "[" * 50 + "]" * 50,
        "1" + " + 1" * 41,
        "[" + "1," * 300 + "]",
        "'" + "a" * 2_000 + "'",
        "",
        " \n ",
        "input.",
        "input..a",
        "(input.a",
        "input.a)",
        "input.a) or (input.b",
        "1 if 2",
        "a b",
    ],
)
def test_what_is_not_in_the_language_is_refused(source: str) -> None:
    assert refusal(source).column >= 1


@pytest.mark.parametrize(
    ("source", "column", "words"),
    [
        ("inptu.a", 1, "'input'"),
        ("1 + inptu.a", 5, "'input'"),
        ("input.a && inptu.a", 12, "'input'"),
        ("!input.a || !inptu.a", 14, "'input'"),
        ("'é€😀' + inptu.a", 9, "'input'"),
        ("'a && b' + inptu.a", 12, "'input'"),
        ("clasify.output", 1, "'classify'"),
        ("nodes['nod-2'].output", 7, "'node-2'"),
        ("nodes", 1, "nodes['id']"),
        ("input.from + inptu", 14, "'input'"),
        ("input.a = 1", 9, "=="),
        ("input.a === 1", 9, "=="),
        ("input.a | 1", 9, "or"),
        ("input.a & 1", 9, "and"),
        ("input.a ? 1 : 2", 9, "a if condition else b"),
        ("input.a ?? 2", 9, "default"),
        ("input.items.0", 12, "[0]"),
        ("input.a_.0", 9, "[0]"),
        ("(input.a).0", 10, "[0]"),
        ("input.a[1].0", 11, "[0]"),
        ("input.a is null", 9, "=="),
        ("1 + 'a", 5, "not closed"),
        ("return.output", 1, "nodes['return']"),
        ("lenn(input.a)", 1, "'len'"),
        ("input.a.trim()", 9, "upper"),
        ("len()", 1, "len(x)"),
        ("input.a.len(1)", 9, "len(x)"),
        ("matches(input.a, '(')", 18, "pattern"),
        ("input.a.matches('(')", 17, "pattern"),
        ("input.a + input._b", 17, "['_b']"),
        ("1 + {2, 3}", 5, "list"),
        ("input.a > ", 10, "too early"),
        ("input.a and", 12, "too early"),
        ("not", 4, "too early"),
        ("input.a.", 9, "too early"),
        ("input.a ++", 11, "too early"),
        ("1 if input.a", 13, "'else'"),
        ("1 if input.a else", 18, "too early"),
        ("(1 if input.a)", 14, "'else'"),
        ("[1 2]", 4, "two values"),
        ("len(input.a input.b)", 13, "two values"),
        ("{'a' 1}", 6, "two values"),
        ("['a' 'b' 1]", 10, "two values"),
        ("[(1) {}]", 6, "two values"),
        ("input.a 5", 9, "invalid syntax"),
        ("input.a + * 2", 11, "invalid syntax"),
        ("(input.a", 1, "never closed"),
        ("{1: 2}", 2, "strings"),
        ("1 + input . trim()", 13, "unknown function"),
        ("(input.a).trim()", 11, "unknown function"),
        ("'é' + input.é.trim()", 15, "unknown function"),
        ("1 + 0x1f", 5, "number"),
        ("input[0:1]", 7, "slice"),
    ],
)
def test_an_error_points_at_its_place_and_says_how_to_mend_it(
    source: str, column: int, words: str
) -> None:
    error = refusal(source)
    assert (error.line, error.column) == (1, column)
    assert words in str(error)


def test_an_error_on_a_later_line_says_the_line() -> None:
    error = refusal("input.a\n  and\n    inptu.b")
    assert (error.line, error.column) == (3, 5)
    assert "line 3, column 5" in str(error)


def test_an_unknown_name_that_resembles_nothing_has_no_hint() -> None:
    assert refusal("zzzzzzzzzz").hint is None
