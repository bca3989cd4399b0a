from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from services.store.versions import Versions
from services.store.workflows import Content
from tests.support.stores import Store


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every query that is sent to a database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_a_version_is_read_once_and_the_head_number_each_time(store: Store):
    versions = Versions(store.workflows, 2)
    first = await store.publish("greet")

    with statements() as seen:
        assert await versions.head("default", first.workflow_id) == first
        assert await versions.head("default", first.workflow_id) == first
        assert await versions.get("default", first.workflow_id, 1) == first
    assert len(seen) == 3

    content = Content(name="greet", definition={"v": 2}, fingerprint="2")
    second = await store.workflows.save("default", first.workflow_id, content)
    assert await versions.head("default", first.workflow_id) == second
    assert await versions.get("default", first.workflow_id, 1) == first


async def test_it_keeps_only_the_last_used(store: Store):
    versions = Versions(store.workflows, 1)
    one, two = await store.publish("one"), await store.publish("two")

    with statements() as seen:
        for wanted in (one, two, one):
            assert await versions.get("default", wanted.workflow_id, 1) == wanted
    assert len(seen) == 3


async def test_what_is_not_there_is_not_kept(store: Store):
    versions = Versions(store.workflows, 2)
    published = await store.publish()

    assert await versions.head("default", "unknown") is None
    assert await versions.get("default", published.workflow_id, 2) is None
    assert await versions.get("other", published.workflow_id, 1) is None
    content = Content(name="greet", definition={"v": 2}, fingerprint="2")
    second = await store.workflows.save("default", published.workflow_id, content)
    assert await versions.get("default", published.workflow_id, 2) == second
