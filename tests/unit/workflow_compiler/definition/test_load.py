"""Text to data: JSON and YAML, bounded."""

import pytest

from workflow_compiler import DefinitionError
from workflow_compiler.definition.load import MAX_BYTES, MAX_DEPTH, check_data, load


def code_of(text: str) -> str:
    with pytest.raises(DefinitionError) as caught:
        load(text)
    return caught.value.problems[0].code


def test_json_and_yaml_give_the_same_data():
    assert load('{"a": [1, 2.5, true, null, "x"]}') == load("a: [1, 2.5, true, null, x]")


def test_yaml_in_flow_style_looks_like_json_but_is_read():
    assert load("{a: 1, b: [x, y]}") == {"a": 1, "b": ["x", "y"]}


@pytest.mark.parametrize(
    "word", ["on", "off", "yes", "no", "y", "012", "1_000", "1:30", "0x1f", "2026-01-01", ".inf"]
)
def test_only_what_json_knows_is_more_than_text(word: str):
    assert load(f"value: {word}") == {"value": word}


@pytest.mark.parametrize(
    ("text", "value"), [("-3", -3), ("+7", 7), ("1e3", 1e3), (".5", 0.5), ("2.", 2.0), ("~", None)]
)
def test_numbers_and_null(text: str, value: object):
    assert load(f"value: {text}") == {"value": value}


def test_yaml_keys_are_text():
    assert load("true: a\n1: b\non: c\nnull: d") == {"true": "a", "1": "b", "on": "c", "null": "d"}


def test_an_alias_stands_for_what_it_names():
    assert load("a: &x {b: 1}\nc: *x") == {"a": {"b": 1}, "c": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "duplicate-key"),
        ("a: {b: 1, b: 2}", "duplicate-key"),
        ('{"a": Infinity}', "no-number"),
        ('{"a": 1', "no-json"),
        ("a: [1", "no-yaml"),
        ("? [a]\n: 1", "no-yaml"),
        ("a: &x {b: 1}\nc: {<<: *x}", "no-yaml"),
        ("a: !!python/name:os.system ''", "no-yaml"),
        ("[" * 100_000, "too-deep"),
        (" " * (MAX_BYTES + 1), "too-large"),
        ("ä" * (MAX_BYTES // 2 + 1), "too-large"),
    ],
)
def test_what_is_refused(text: str, code: str):
    assert code_of(text) == code


def test_a_mistake_in_json_has_its_place():
    with pytest.raises(DefinitionError) as caught:
        load('{\n  "a": 1\n  "b": 2\n}')
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (3, 3)


def test_all_that_json_lets_through_and_we_do_not_is_told_with_its_place():
    text = '{"a": 1,\n "\\u0061": 2, "b": [{"c": 1e999, "c": NaN}],\n "d": "d", "e": -1e400}'
    with pytest.raises(DefinitionError) as caught:
        load(text)
    assert [(p.code, p.line, p.column) for p in caught.value.problems] == [
        ("duplicate-key", 2, 2),
        ("no-number", 2, 27),
        ("duplicate-key", 2, 34),
        ("no-number", 2, 39),
        ("no-number", 3, 17),
    ]


def test_depth_is_bounded_also_where_an_alias_leads_back():
    check_data(nested(MAX_DEPTH))
    for document in (nested(MAX_DEPTH + 1), load("a: &x [*x]")):
        with pytest.raises(DefinitionError, match="deeper than 64"):
            check_data(document)


def test_shared_parts_count_as_often_as_they_are_used():
    part: list[object] = [0] * 100
    for _ in range(3):
        part = [part] * 100
    with pytest.raises(DefinitionError, match="unfolds"):
        check_data(part)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_data_has_no_endless_numbers(number: float):
    with pytest.raises(DefinitionError, match="no JSON number"):
        check_data({"a": [number]})


def nested(depth: int) -> list[object]:
    document: list[object] = []
    for _ in range(depth - 1):
        document = [document]
    return document


@pytest.mark.parametrize("number", ["1" * 1_001, "-" + "9" * 5_000])
def test_a_number_has_an_end(number: str):
    for text in (f'{{"a": {number}}}', f"a: {number}"):
        with pytest.raises(DefinitionError):
            check_data(load(text))


def test_a_number_in_data_has_an_end():
    with pytest.raises(DefinitionError, match="more than 1,000 digits"):
        check_data({"a": [10**5_000]})
