"""Schemathesis derives requests from the OpenAPI document and validates each response."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from app.main import create_app

# JSON Schema cannot express each country's address rules, nor which cursors there are, so that a
# request may be refused although it matches the document.
ACCEPTANCE = [schemathesis.checks.positive_data_acceptance]
EXCLUDED_CHECKS = {"/api/orders": ACCEPTANCE, "/api/products": ACCEPTANCE}
MAX_EXAMPLES = 60  # per route, for valid requests and as many for invalid ones
schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app())


@pytest.mark.usefixtures("callers")
@schema.parametrize()
@settings(
    max_examples=MAX_EXAMPLES,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_response_matches_the_openapi_document(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(excluded_checks=EXCLUDED_CHECKS.get(case.path, []))
