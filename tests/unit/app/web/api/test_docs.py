"""The OpenAPI description and the Swagger UI page."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from app.web.api.order_schemas import OrderRequest
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
        "/api/orders/{order_id}/cancel",
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
        *("list_products", "get_product"),
        *("place_order", "get_order", "cancel_order", "list_orders"),
    }


def test_every_request_and_response_has_an_example_that_its_schema_allows(
    description: dict[str, Any],
) -> None:
    bodies = [
        content
        for operation in operations(description)
        for body in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in body.get("content", {}).values()
    ]
    components = {"components": description["components"]}

    assert len(bodies) > 30
    for content in bodies:
        Draft202012Validator(content["schema"] | components).validate(content["example"])


def test_example_of_an_order_to_place_is_an_order(description: dict[str, Any]) -> None:
    content = description["paths"]["/api/orders"]["post"]["requestBody"]["content"]
    example = content["application/json"]["example"]

    assert OrderRequest.model_validate(example).cart.count == 1


def test_openapi_documents_conditional_requests(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            headers = {it["name"] for it in operation.get("parameters", []) if it["in"] == "header"}
            is_conditional = "If-None-Match" in headers and "304" in operation["responses"]
            assert is_conditional == (method == "get"), path
    cancelling = description["paths"]["/api/orders/{order_id}/cancel"]["post"]
    assert "412" in cancelling["responses"]
    assert {it["name"] for it in cancelling["parameters"]} == {"order_id", "If-Match"}


def test_openapi_declares_the_session_for_the_list_of_orders_only(
    description: dict[str, Any],
) -> None:
    session = description["components"]["securitySchemes"]["Session"]
    secured = [it["operationId"] for it in operations(description) if "Session" in str(it)]

    assert (session["type"], session["in"], session["name"]) == (
        "apiKey",
        "cookie",
        "__Host-visitor",
    )
    assert secured == ["list_orders"]
