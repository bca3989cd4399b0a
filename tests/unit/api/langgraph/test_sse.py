from api.langgraph.sse import Part, framed


def test_only_the_last_part_of_a_place_has_its_id():
    parts = [Part("values", {"a": 1}), Part("updates", {"b": "x\ny"})]
    assert framed(parts, 7) == (
        'event: values\r\ndata: {"a":1}\r\n\r\n'
        'event: updates\r\ndata: {"b":"x\\ny"}\r\nid: 7\r\n\r\n'
    )


def test_what_is_in_no_log_has_no_id():
    assert framed([Part("end", None)], None) == "event: end\r\ndata: null\r\n\r\n"
    assert framed([], 7) == ""


def test_numbers_without_json_become_null():
    assert "null" in framed([Part("values", float("nan"))], None)
