"""API keys: make, list and revoke them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, status

from api.access import ADMIN, PrincipalDep
from api.deps import BODY_ERRORS, Cursor, IdempotencyKey, Limit, ServicesDep, errors
from api.schemas import Page
from api.schemas.keys import Key, KeyBody, NewKey

router = APIRouter(prefix="/keys", tags=["access"])


@router.get(
    "",
    operation_id="list_keys",
    summary="List API keys, newest first",
    responses=errors(400),
    dependencies=ADMIN,
)
async def list_keys(
    services: ServicesDep, principal: PrincipalDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[Key]:
    """Those of the project of your key, or all; revoked ones too, never a text."""
    page = await services.access.page(principal, cursor=cursor, limit=limit)
    items = [Key.model_validate(key) for key in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.post(
    "",
    operation_id="create_key",
    summary="Make an API key",
    status_code=status.HTTP_201_CREATED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def create_key(
    request: Request,
    services: ServicesDep,
    principal: PrincipalDep,
    body: KeyBody,
    idempotency_key: IdempotencyKey = None,
) -> NewKey:
    """The answer has the text of the key; it is never shown again, so 409 to who asks again."""
    seconds = body.expires_in_seconds
    key, text = await services.access.create_key(
        principal,
        body.name,
        body.project_id,
        frozenset(body.scopes),
        None if seconds is None else timedelta(seconds=seconds),
        idempotency_key=idempotency_key,
    )
    request.state.project_id = key.project_id
    return NewKey(**Key.model_validate(key).model_dump(), key=text)


@router.delete(
    "/{key_id}",
    operation_id="revoke_key",
    summary="Revoke an API key",
    responses=errors(404),
    dependencies=ADMIN,
)
async def revoke_key(
    request: Request,
    services: ServicesDep,
    principal: PrincipalDep,
    key_id: Annotated[str, Path(description="The key's id.")],
) -> Key:
    """It opens nothing any more, from the next request on; that it was there stays known."""
    key = await services.access.revoke(principal, key_id)
    request.state.project_id = key.project_id
    return Key.model_validate(key)
