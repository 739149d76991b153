"""The OpenAPI description and the Swagger UI page."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.unit.app.web.pages import heading


@pytest.fixture
def description(browser: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = browser.get("/openapi.json").json()
    return found


def operations(description: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in description["paths"].values() for operation in path.values()]


@pytest.mark.parametrize("path", ["/docs", "/api/docs"])
def test_swagger_ui_is_served_from_our_own_origin(browser: TestClient, path: str) -> None:
    page = browser.get(path)

    assert heading(page) == "API documentation"
    assert 'data-openapi="/openapi.json"' in page.text
    assert all(
        not it.startswith(("http", "//")) for it in re.findall(r'(?:src|href)="([^"]+)"', page.text)
    )


def test_openapi_is_the_same_at_both_urls(browser: TestClient) -> None:
    assert browser.get("/openapi.json").json() == browser.get("/api/openapi.json").json()


def test_openapi_describes_the_api_and_no_pages(description: dict[str, Any]) -> None:
    assert set(description["paths"]) == {
        "/api/products",
        "/api/products/{slug}",
        "/api/orders",
        "/api/orders/{order_id}",
    }


def test_openapi_names_models_by_request_and_response(description: dict[str, Any]) -> None:
    schemas = set(description["components"]["schemas"])

    assert {"OrderRequest", "OrderLineRequest", "OrderResponse", "ProductResponse"} <= schemas
    assert "HTTPValidationError" not in schemas


def test_openapi_lists_every_response_of_placing_an_order(description: dict[str, Any]) -> None:
    place_order = description["paths"]["/api/orders"]["post"]

    statuses = {"200", "201", "400", "409", "413", "415", "422", "429", "503"}
    assert set(place_order["responses"]) == statuses
    (key,) = place_order["parameters"]
    assert (key["name"], key["required"]) == ("Idempotency-Key", True)


def test_openapi_errors_are_problem_json_only(description: dict[str, Any]) -> None:
    content_types = {
        tuple(response["content"])
        for operation in operations(description)
        for status, response in operation["responses"].items()
        if status >= "400"
    }

    assert content_types == {("application/problem+json",)}


def test_openapi_declares_the_order_token_as_bearer_scheme(description: dict[str, Any]) -> None:
    scheme = description["components"]["securitySchemes"]["OrderToken"]

    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert description["paths"]["/api/orders/{order_id}"]["get"]["security"] == [{"OrderToken": []}]


def test_openapi_describes_every_operation(description: dict[str, Any]) -> None:
    described = operations(description)

    assert all(operation["summary"] and operation["description"] for operation in described)
    assert {operation["operationId"] for operation in described} == {
        *("list_products", "get_product", "place_order", "get_order"),
    }
