import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from services.errors import FunctionsError
from services.providers.functions import load_functions

Module = Callable[[str, str], str]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    """Writes modules that can be imported, for one test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))

    def write(name: str, source: str) -> str:
        (tmp_path / f"{name}.py").write_text(dedent(source))
        return name

    return write


GREET = """
    from workflow_compiler import function

    @function("greet")
    def greet(name: str) -> str:
        return f"hello {name}"
"""


def test_functions_are_found_by_their_names(module: Module):
    assert load_functions([module("greeting", GREET)])["greet"](name="Ada") == "hello Ada"


def test_the_same_function_may_come_twice(module: Module):
    first = module("first", GREET)
    second = module("second", f"from {first} import greet")

    assert list(load_functions([first, second])) == list(load_functions([first]))


def test_two_functions_with_one_name_are_refused(module: Module):
    with pytest.raises(FunctionsError, match=r"'two'.*'greet'"):
        load_functions([module("one", GREET), module("two", GREET)])


@pytest.mark.parametrize("source", ["import nowhere_to_be_found", "from os import nothing_here"])
def test_a_module_that_cannot_be_imported_is_named(module: Module, source: str):
    with pytest.raises(FunctionsError, match="'broken'"):
        load_functions([module("broken", source)])


def test_without_modules_there_is_nothing():
    assert load_functions([]) == {}
