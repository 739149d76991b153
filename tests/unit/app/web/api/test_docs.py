from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.testclient import TestClient
from pydantic import BaseModel

from app.web.api.docs import kind_of, router
from tests.unit.app.web.pages import heading, words


class Pot(BaseModel):
    """A pot."""

    title: str
    glaze: str | None = None
    pieces: list[int] = []


def test_the_reference_is_drawn_from_the_description() -> None:
    app = FastAPI(title="Pots")
    app.include_router(router)

    @app.post("/api/pots", summary="Make a pot")
    def make(pot: Pot, idempotency_key: Annotated[str, Header()]) -> Pot:
        raise NotImplementedError

    page = TestClient(app).get("/api/docs")

    text = words(page)
    assert heading(page) == "For programs"
    assert "POST /api/pots" in text
    assert "idempotency-key" in text
    assert "list of whole number" in text
    assert 'href="#Pot"' in page.text


def test_the_description_holds_the_api_only(browser: TestClient) -> None:
    paths = browser.get("/api/openapi.json").json()["paths"]

    assert all(path.startswith("/api/") for path in paths)


def test_a_schema_is_said_in_words() -> None:
    assert kind_of({"anyOf": [{"type": "string"}, {"type": "null"}]}) == "text or nothing"
    assert kind_of({"type": "string", "format": "date-time"}) == "date-time"
