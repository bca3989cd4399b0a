import base64
import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2 as httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.domain.redaction import MIN_LENGTH, Redactor, Trickle

VALUE = 'pa/ss+"wörd=1'
REDACTOR = Redactor({"KEY": VALUE})

WRITINGS: list[Callable[[str], str]] = [
    str,
    str.upper,
    quote,
    quote_plus,
    html.escape,
    lambda text: json.dumps(text)[1:-1],
    lambda text: text.encode().hex(),
]

secrets = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=MIN_LENGTH
)


# No URL holds signs that nobody can see, and what follows a '#' is not sent.
in_urls = st.text(
    st.characters(blacklist_categories=["Cc", "Cs"], blacklist_characters="#"),
    min_size=MIN_LENGTH,
)


def as_query(value: str) -> str:
    return httpx.URL(f"http://h/x?q={value}&r=1").raw_path.decode()


def as_path(value: str) -> str:
    return httpx.URL(f"http://h/x/y{value}").raw_path.decode()


def as_form(value: str) -> str:
    return httpx.Request("POST", "http://h", data={"q": value}).content.decode()


@pytest.mark.parametrize(
    "written",
    [
        VALUE,
        quote(VALUE),
        quote(VALUE, safe=""),
        quote(VALUE, safe="").lower(),
        json.dumps(VALUE),
        json.dumps({"a": VALUE}, ensure_ascii=False),
        base64.b64encode(VALUE.encode()).decode(),
        base64.b64encode(f"user:{VALUE}".encode()).decode(),
        base64.urlsafe_b64encode(f"me:{VALUE}!".encode()).decode(),
        VALUE.encode().hex(),
        VALUE.encode().hex().upper(),
        VALUE.upper(),
        VALUE.title(),
        quote(VALUE).swapcase(),
    ],
)
def test_a_value_is_found_however_it_is_written(written: str) -> None:
    text = REDACTOR.text(f"Authorization: {written}, and more")
    assert "[secret KEY]" in text
    assert text.startswith("Authorization: ")
    assert text.endswith(", and more")


@pytest.mark.parametrize("write", [as_query, as_path, as_form])
@given(in_urls)
@example('s3cr3t-Val/ue+42"x')
@example("a`b{c}d?e`f{g}")
def test_a_value_is_found_as_the_client_puts_it_on_the_wire(
    write: Callable[[str], str], secret: str
) -> None:
    assert "[secret S]" in Redactor({"S": secret}).text(write(secret))


def test_a_value_in_another_case_is_found_while_it_streams() -> None:
    trickle = Trickle(Redactor({"S": "Secret-Value"}))
    assert [trickle.take(piece) for piece in ("a SECR", "ET-va", "LUE b")] == [
        "a ",
        "",
        "[secret S] b",
    ]


def test_all_parts_of_a_value_are_searched() -> None:
    numbers = Redactor({"PIN": "1234567890"})
    value = {VALUE: [1, {"a": (VALUE, True, None)}]}
    assert REDACTOR.value(value) == {"[secret KEY]": [1, {"a": ("[secret KEY]", True, None)}]}
    assert numbers.value([1234567890, 1.5]) == ["[secret PIN]", 1.5]
    assert Redactor({}).value(value) is value


@given(secrets, st.text(), st.text(), st.sampled_from(WRITINGS), st.integers(0, 3))
def test_no_value_is_left_in_anything(
    secret: str, before: str, after: str, write: Callable[[str], str], depth: int
) -> None:
    value: Any = write(before + secret + after)
    for _ in range(depth):
        value = [{"key": value, value if isinstance(value, str) else "other": None}]
    shown = json.dumps(Redactor({"S": secret}).value(value), ensure_ascii=False)
    assert write(secret) not in shown.replace("[secret S]", "\0")
    assert "[secret S]" in shown


@given(secrets, st.lists(st.text(max_size=5)), st.lists(st.text(max_size=5)), st.data())
def test_a_value_cut_into_pieces_is_found(
    secret: str, before: list[str], after: list[str], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(secret)), max_size=4)))
    pieces = [secret[a:b] for a, b in zip([0, *cuts], [*cuts, len(secret)], strict=True)]
    trickle = Trickle(Redactor({"S": secret}))
    shown = [trickle.take(piece) for piece in (*before, *pieces, *after)]
    whole = "".join((*shown, trickle.end()))
    assert secret not in whole.replace("[secret S]", "\0")
    if not before and not after:
        assert whole == "[secret S]"
