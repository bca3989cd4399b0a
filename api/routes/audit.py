"""The audit log: who did what."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import ADMIN, PrincipalDep
from api.deps import Cursor, Limit, ServicesDep, errors
from api.schemas import Page
from api.schemas.keys import AuditEntry

router = APIRouter(prefix="/audit", tags=["access"])


@router.get(
    "",
    operation_id="list_audit_entries",
    summary="List who changed what, newest first",
    responses=errors(400),
    dependencies=ADMIN,
)
async def list_audit_entries(
    services: ServicesDep, principal: PrincipalDep, cursor: Cursor = None, limit: Limit = 50
) -> Page[AuditEntry]:
    """Every change that was accepted in the project of your key, or in all."""
    page = await services.audit.page(principal, cursor=cursor, limit=limit)
    items = [AuditEntry.model_validate(entry) for entry in page.items]
    return Page(items=items, next_cursor=page.next_cursor)
