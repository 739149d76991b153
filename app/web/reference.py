"""The API's reference, drawn from its own OpenAPI description."""

from fastapi import APIRouter, Request, Response

from app.web.templating import page

router = APIRouter(include_in_schema=False)


@router.get("/api/docs")
async def reference(request: Request) -> Response:
    return page(request, "reference/api.html", described=request.app.openapi())
