"""Columns inside the strings of a file, however they are written."""

import json
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from workflow_compiler import check
from workflow_compiler.definition import read
from workflow_compiler.definition.scalars import place_in_scalar

FILE = """\
name: x
nodes:
  - id: literal
    type: template
    config:
      template: |
        Dear customer,
          this is {{ input.name }}
        and {{ nope1.output }} here
  - id: folded
    type: template
    config:
      template: >-

        Folded text
        with {{ nope2.x }} inside
  - {id: double, type: template, config: {template: "li\\"ne\\n {{ nope3 }}"}}
  - {id: single, type: transform, config: {expression: '''it'' + nope4'}}
  - id: plain
    type: transform
    config:
      expression: 1 +
        nope5
edges:
  - {source: literal, target: folded, condition: &shared nope6 > 1}
"""


def test_a_problem_is_where_the_wrong_word_is():
    lines = FILE.splitlines()
    problems = [p for p in check(read(FILE)) if p.code == "invalid-expression"]
    found = {lines[(p.line or 0) - 1][(p.column or 0) - 1 :][:5] for p in problems}
    assert found == {f"nope{number}" for number in range(1, 7)}


def test_in_json_too():
    config = {"template": 'a "quoted"\n\ttext with {{ nope }}'}
    text = json.dumps({"name": "x", "nodes": [{"id": "a", "type": "template", "config": config}]})
    [problem] = check(read(text))
    assert text[(problem.column or 0) - 1 :].startswith("nope")


@given(
    st.text(st.sampled_from("ab {}'\"\\\n:#-\t\u00e9\U0001f600"), min_size=1),
    st.sampled_from(["|", ">", '"', "'", None]),
    st.integers(0, 50),
)
def test_every_sign_is_found_in_every_style(value: str, style: str | None, place: int):
    text = yaml.dump({"before": 1, "key": [value]}, default_style=style, indent=4, width=20)
    node: Any = yaml.compose(text)
    node = node.value[1][1].value[0]
    if node.value != value or place >= len(value) or value[place].isspace():
        return
    before = value[:place]
    line, column = before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1
    found_line, found_column = place_in_scalar(text, node, line, column)
    assert text.splitlines()[found_line - 1][found_column - 1] in {value[place], "\\"}
