from __future__ import annotations

from xml.etree import ElementTree as ET

from api.cli.output.svg import svg
from workflow_compiler import parse, plan

LOOP = {
    "name": "loop <&>",
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "work", "type": "transform", "config": {"expression": "1"}, "name": '<b>"work"</b>'},
        {"id": "enough", "type": "condition", "config": {"expression": "work.output > 2"}},
        {"id": "end", "type": "end"},
    ],
    "edges": [
        {"source": "start", "target": "work"},
        {"source": "work", "target": "enough"},
        {"source": "enough", "target": "work", "sourceHandle": "false"},
        {"source": "enough", "target": "end", "sourceHandle": "true"},
    ],
}


def test_a_drawing_has_every_node_and_edge_below_what_leads_to_it() -> None:
    made = plan(parse(LOOP))
    drawing = ET.fromstring(svg(made))  # noqa: S314 - our own
    name = "{http://www.w3.org/2000/svg}"
    boxes = drawing.findall(f"{name}rect")
    tops = [float(box.attrib["y"]) for box in boxes]
    assert len(boxes) == len(made.nodes)
    assert tops == sorted(set(tops))
    assert len(drawing.findall(f"{name}path")) == len(made.edges)
    texts = [text.text for text in drawing.iter(f"{name}text")]
    assert '<b>"work"</b>' in texts
