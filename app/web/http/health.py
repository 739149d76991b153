"""Whether the shop answers at all."""

from fastapi import APIRouter

from app.web.security.authorization import PUBLIC

router = APIRouter(include_in_schema=False, dependencies=[PUBLIC])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Asks nobody else: it says that this function runs, not that the whole shop does."""
    return {"status": "open"}
