import pytest

from services.domain.traces import SpanRef, span_of_run, span_of_visit

RUN = "0199d3a0-0000-7000-8000-000000000001"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_header_is_read_and_written():
    ref = SpanRef.parse(PARENT)
    assert ref == SpanRef(0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331)
    assert str(ref) == PARENT
    assert SpanRef.parse(PARENT.replace("00-", "cc-", 1) + "-more") == ref


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "rubbish",
        PARENT.upper(),
        f"ff{PARENT[2:]}",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
        "x" * 10_000,
    ],
)
def test_what_is_no_header_names_nothing(header: str | None):
    assert SpanRef.parse(header) is None


def test_a_run_is_in_the_trace_of_whoever_asked_for_it():
    alone, asked = span_of_run(RUN, None), span_of_run(RUN, PARENT)
    assert alone.trace_id == int(RUN.replace("-", ""), 16)
    assert f"{asked.trace_id:032x}" == PARENT[3:35]
    assert alone.span_id == asked.span_id
    assert not span_of_run(RUN, f"{PARENT[:-2]}00").is_sampled


def test_each_visit_has_a_span_of_its_own():
    run = span_of_run(RUN, None)
    keys = [("a", "", 1), ("a", "", 2), ("b", "", 1), ("a", "loop[1]", 1)]
    spans = {span_of_visit(run, RUN, key) for key in keys}
    assert len(spans) == len(keys)
    assert {span.trace_id for span in spans} == {run.trace_id}
