import asyncio

import pytest

from services.errors import (
    CursorError,
    ProjectNotFoundError,
    StaleVersionError,
    WorkflowNameTakenError,
    WorkflowNotFoundError,
)
from services.store.projects import Projects
from services.store.workflows import Content
from tests.support.stores import Store


def content(name: str = "greet", **definition: object) -> Content:
    return Content(name=name, definition=definition, fingerprint=f"sha:{definition.get('v')}")


async def test_what_was_saved_is_found_again(store: Store):
    saved = await store.workflows.save("default", None, content(v=1, deep={"list": [1, None]}))

    assert await store.workflows.version("default", saved.workflow_id) == saved
    assert await store.workflows.version("default", saved.workflow_id, 1) == saved
    workflow = await store.workflows.get("default", saved.workflow_id)
    assert workflow == await store.workflows.by_name("default", "greet")
    assert workflow is not None
    assert (workflow.head_version, workflow.fingerprint) == (1, "sha:1")


async def test_new_content_is_a_new_version_and_the_old_one_stays(store: Store):
    first = await store.workflows.save("default", None, content(v=1))
    second = await store.workflows.save("default", first.workflow_id, content(v=2))

    assert second.version == 2
    assert await store.workflows.version("default", first.workflow_id) == second
    assert await store.workflows.version("default", first.workflow_id, 1) == first
    assert await store.workflows.version("default", first.workflow_id, 3) is None


async def test_the_same_content_is_the_same_version_and_the_head_again(store: Store):
    first = await store.workflows.save("default", None, content(v=1))
    await store.workflows.save("default", first.workflow_id, content(v=2))
    again = await store.workflows.save("default", first.workflow_id, content(v=1))

    assert again == first
    workflow = await store.workflows.get("default", first.workflow_id)
    assert workflow is not None
    assert workflow.head_version == 1
    third = await store.workflows.save("default", first.workflow_id, content(v=3))
    assert third.version == 3


async def test_what_the_fingerprint_leaves_out_is_taken_over(store: Store):
    first = await store.workflows.save("default", None, content(v=1, ui={"x": 1}))
    moved = await store.workflows.save("default", first.workflow_id, content(v=1, ui={"x": 2}))

    assert moved.version == 1
    assert await store.workflows.version("default", first.workflow_id) == moved


async def test_names_are_taken_once_in_a_project(store: Store):
    await Projects(store.database, store.clock).add("other", "Other")
    greet = await store.workflows.save("default", None, content(v=1))
    await store.workflows.save("default", None, content("wave", v=1))
    await store.workflows.save("other", None, content(v=1))

    with pytest.raises(WorkflowNameTakenError):
        await store.workflows.save("default", greet.workflow_id, content("wave", v=2))
    assert await store.workflows.version("default", greet.workflow_id) == greet


async def test_a_known_name_gets_another_version(store: Store):
    first = await store.workflows.save("default", None, content(v=1))
    saved = await asyncio.gather(
        *(store.workflows.save("default", None, content(v=v)) for v in (1, 2, 3, 2))
    )

    assert {version.workflow_id for version in saved} == {first.workflow_id}
    assert sorted(version.version for version in saved) == [1, 2, 2, 3]


async def test_who_read_an_old_version_does_not_overwrite_a_new_one(store: Store):
    first = await store.workflows.save("default", None, content(v=1))
    await store.workflows.save("default", first.workflow_id, content(v=2), expected_version=1)

    with pytest.raises(StaleVersionError) as caught:
        await store.workflows.save("default", first.workflow_id, content(v=3), expected_version=1)
    assert (caught.value.expected, caught.value.head) == (1, 2)


async def test_other_projects_do_not_see_it(store: Store):
    await Projects(store.database, store.clock).add("other", "Other")
    saved = await store.workflows.save("default", None, content(v=1))

    assert await store.workflows.get("other", saved.workflow_id) is None
    assert await store.workflows.by_name("other", "greet") is None
    assert await store.workflows.version("other", saved.workflow_id) is None
    assert (await store.workflows.page("other")).items == ()
    with pytest.raises(WorkflowNotFoundError):
        await store.workflows.save("other", saved.workflow_id, content(v=2))
    with pytest.raises(ProjectNotFoundError):
        await store.workflows.save("nobody", None, content(v=1))


async def test_pages_hold_every_workflow_once_by_name(store: Store):
    names = ["delta", "alpha", "charlie", "bravo", "ALPHABET"]
    for name in names:
        await store.workflows.save("default", None, content(name, v=1))

    found: list[str] = []
    cursor = None
    while True:
        page = await store.workflows.page("default", cursor=cursor, limit=2)
        found += [workflow.name for workflow in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert found == sorted(names)

    matching = await store.workflows.page("default", query="Alpha")
    assert {workflow.name for workflow in matching.items} == {"alpha", "ALPHABET"}
    assert (await store.workflows.page("default", query="%")).items == ()


@pytest.mark.parametrize("cursor", ["", "!", "W10", "WzFd", "bnVsbA"])
async def test_a_cursor_that_no_page_gave_is_refused(store: Store, cursor: str):
    with pytest.raises(CursorError):
        await store.workflows.page("default", cursor=cursor)
