"""What every database promises of the audit log: all of it, newest first, until it is forgotten."""

from __future__ import annotations

from datetime import timedelta

from services.domain.audit import Change
from services.store.audit import Audit
from tests.support.stores import Store


def change(action: str, project_id: str | None) -> Change:
    return Change(who="k", action=action, project_id=project_id, address="/x", client="10.0.0.1")


async def test_entries_are_listed_page_by_page_and_by_project(store: Store):
    audit = Audit(store.database, store.clock, store.ids)
    for number, project in enumerate(("a", "b", None)):
        await audit.add(change(f"do_{number}", project))
    first = await audit.page(limit=2)
    rest = await audit.page(cursor=first.next_cursor)
    assert [e.action for e in (*first.items, *rest.items)] == ["do_2", "do_1", "do_0"]
    (own,) = (await audit.page("b")).items
    assert (own.who, own.address, own.client) == ("k", "/x", "10.0.0.1")


async def test_old_entries_are_forgotten(store: Store):
    audit = Audit(store.database, store.clock, store.ids)  # its clock is months behind
    await audit.add(change("do", None))
    assert await audit.prune(timedelta(days=3650)) == 0
    assert await audit.prune(timedelta(days=1)) == 1
    assert not (await audit.page()).items
