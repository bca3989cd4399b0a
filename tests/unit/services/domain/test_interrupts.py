from datetime import UTC, datetime

import pytest

from services.domain.interrupts import Interrupt, resumptions, visit_id
from services.domain.waits import SignalWait, Task, VisitRef
from services.errors import InterruptError, NothingToResumeError


def visit(node_id: str = "ask", path: str = "") -> VisitRef:
    return VisitRef(run_id="r", node_id=node_id, path=path, visit=1)


def question(node_id: str = "ask") -> Interrupt:
    task = Task(
        id="t",
        project_id="p",
        run_id="r",
        node_id=node_id,
        path="",
        visit=1,
        prompt="Well?",
        form={"type": "boolean"},
        assignee=None,
        due_at=None,
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
    )
    return Interrupt(visit=visit(node_id), source=task)


def test_an_interrupt_says_what_is_asked():
    asked = {"type": "task", "task_id": "t", "prompt": "Well?", "form": {"type": "boolean"}}
    assert question().value == {**asked, "assignee": None}
    wait = SignalWait(project_id="p", name="paid", key="7", visit=visit())
    signal = Interrupt(visit=visit(), source=wait)
    assert signal.value == {"type": "signal", "name": "paid", "key": "7"}


def test_each_visit_has_a_name_of_its_own():
    places = [visit("a"), visit("b"), visit("a", "loop[0]"), visit("a", "loop[1]")]
    assert len({visit_id(place) for place in places}) == len(places)
    assert visit_id(visit("a")) == visit_id(visit("a"))


@pytest.mark.parametrize("answer", [True, None, {}, {"ok": True}, [1], "0" * 32])
def test_the_only_interrupt_gets_the_whole_answer(answer: object):
    (found,) = resumptions("t", [question()], answer)
    assert (found.interrupt, found.answer) == (question(), answer)


def test_answers_find_their_interrupts_by_id():
    both = [question("a"), question("b")]
    found = resumptions("t", both, {both[1].id: 2, both[0].id: 1})
    assert [(each.interrupt.visit.node_id, each.answer) for each in found] == [("b", 2), ("a", 1)]
    assert len(resumptions("t", both, {both[1].id: 2})) == 1


@pytest.mark.parametrize("answer", ["which?", {"0" * 32: 1}, {"ok": True}])
def test_an_answer_that_could_be_for_anybody_is_for_nobody(answer: object):
    both = [question("a"), question("b")]
    with pytest.raises(InterruptError) as caught:
        resumptions("t", both, answer)
    assert caught.value.known == (both[0].id, both[1].id)


def test_a_wrong_id_is_no_answer_either_when_only_one_is_asked():
    with pytest.raises(InterruptError, match="no interrupt"):
        resumptions("t", [question()], {"0" * 32: 1})


def test_nothing_that_waits_needs_no_answer():
    with pytest.raises(NothingToResumeError):
        resumptions("t", [], 1)
