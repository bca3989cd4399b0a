"""What every database promises of keys: found by their prefix, kept as a digest, revoked once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from services.domain.access import Key, Scope, digest_of, is_key, new_key_text, prefix_of
from services.store.keys import Keys
from services.store.projects import Projects
from services.store.tables import workflow_api_keys
from tests.support.stores import Store

READ = frozenset({Scope.READ})


def keys_of(store: Store) -> Keys:
    return Keys(store.database, store.clock, store.ids)


async def made(keys: Keys, project_id: str | None = "default") -> tuple[Key, str]:
    text = new_key_text()
    return await keys.add(text, "ci", project_id, READ, None), text


async def test_a_key_is_found_by_its_prefix_and_only_its_digest_is_there(store: Store):
    keys = keys_of(store)
    assert not await keys.any()
    key, text = await made(keys)
    assert await keys.any()
    found, digest = await keys.by_prefix(prefix_of(text) or "") or (None, "")
    assert (found, digest) == (key, digest_of(text))
    assert is_key(text, digest)
    assert not is_key(new_key_text(), digest)
    (row,) = await store.database.rows(select(workflow_api_keys))
    assert text.rpartition("_")[2] not in repr(row)
    assert await keys.by_prefix("0" * 12) is None


async def test_a_revoked_key_stays_known_and_keeps_its_moment(store: Store):
    keys = keys_of(store)
    key, _ = await made(keys)
    revoked = await keys.revoke(key)
    assert not revoked.is_valid(store.clock.now())
    assert await keys.revoke(revoked) == revoked == await keys.get(key.id)
    assert await keys_of(store).any()


async def test_a_key_ends_at_its_moment(store: Store):
    ends = store.clock.now() + timedelta(seconds=1)
    key = await keys_of(store).add(new_key_text(), "ci", None, READ, ends)
    assert key.is_valid(ends - timedelta(microseconds=1))
    assert not key.is_valid(ends)


async def test_keys_and_projects_are_listed_page_by_page(store: Store):
    keys, projects = keys_of(store), Projects(store.database, store.clock)
    await projects.add("billing", "Billing")
    there = [(await made(keys, project))[0] for project in ("default", "billing", None)]
    page = await keys.page(limit=2)
    rest = await keys.page(cursor=page.next_cursor, limit=2)
    assert [*page.items, *rest.items] == there[::-1]
    assert list((await keys.page("billing")).items) == [there[1]]
    first = await projects.page(limit=1)
    second = await projects.page(cursor=first.next_cursor)
    assert [p.id for p in (*first.items, *second.items)] == ["billing", "default"]
    assert [p.id for p in (await projects.page("default")).items] == ["default"]
