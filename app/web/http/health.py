"""The health check of the web function."""

from fastapi import APIRouter

from app.web.security.authorization import PUBLIC

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Report that this function runs; it calls no other service."""
    return {"status": "ok"}
