import json

from api.live.messages import Subscribe, told
from api.live.told import Head, Resync


def test_what_is_null_is_left_out_but_for_a_place_that_nobody_knows():
    of_project = Subscribe(type="subscribe", project_id="p")
    of_run = Subscribe(type="subscribe", run_id="r", id=7)
    assert json.loads(told(of_project, Resync(None))) == {
        "type": "resync",
        "project_id": "p",
        "from": None,
    }
    assert json.loads(told(of_run, Resync(3))) == {"type": "resync", "run_id": "r", "from": 3}
    assert json.loads(told(of_run, Head(3))) == {
        "type": "subscribed",
        "id": 7,
        "run_id": "r",
        "head_seq": 3,
    }
