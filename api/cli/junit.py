"""Reports of tests as JUnit XML, which build servers read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from api.cli.reports import Report, reasons

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot say, however it is escaped."""


def junit_xml(reports: Sequence[Report]) -> str:
    """The reports as one suite of test cases."""
    suites = ET.Element("testsuites")
    suite = ET.SubElement(
        suites,
        "testsuite",
        name="workflow test",
        tests=str(len(reports)),
        failures=str(sum(bool(report.mismatches) for report in reports)),
        errors=str(sum(report.broken is not None for report in reports)),
        skipped="0",
        time=f"{sum(report.seconds for report in reports):.3f}",
    )
    for report in reports:
        _case(suite, report)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, report: Report) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_said(report.test.path.as_posix()),
        name=_said(report.test.recording.name),
        time=f"{report.seconds:.3f}",
    )
    if report.passed:
        return
    lines = list(reasons(report))
    kind = "failure" if report.broken is None else "error"
    ET.SubElement(case, kind, message=_said(lines[0])).text = _said("\n".join(lines))


def _said(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
