"""The same picture as an image of dots, drawn by resvg; needs the extra `png`.

Fonts of the machine are used as well, for letters that Roboto lacks; Roboto comes with the extra,
since a server often has no font at all, and a picture without words would say nothing.
"""

from __future__ import annotations

from typing import Final

from font_roboto import font_files
from resvg_py import svg_to_bytes

from api.cli.output.svg import svg
from workflow_compiler import Plan

_SCALE: Final = 2.0
"""Dots for each unit of the SVG document: letters stay readable when somebody looks closer."""


def png(plan: Plan) -> bytes:
    """The workflow as a PNG file."""
    return svg_to_bytes(
        svg_string=svg(plan),
        background="#ffffff",
        zoom=_SCALE,
        font_files=[font_files["Roboto"]],
        font_family="Roboto",
        sans_serif_family="Roboto",
    )
