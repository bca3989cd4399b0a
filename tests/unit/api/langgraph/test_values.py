import pytest

from api.langgraph.values import as_state


@pytest.mark.parametrize(
    ("output", "state"),
    [(None, {}), ({"a": 1}, {"a": 1}), (5, {"output": 5}), ([], {"output": []})],
)
def test_an_object_is_a_state_and_anything_else_is_its_output(output: object, state: object):
    assert as_state(output) == state
