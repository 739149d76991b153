"""The API keeps its own description: schemathesis makes requests of it, and checks each answer."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from app.main import create_app

# What each country's post wants of an address, no JSON Schema tells: 422 is a right answer then.
TOO_STRICT = {"POST": [schemathesis.checks.positive_data_acceptance]}
OF_EACH = 60  # requests of a route that fit the description, and as many that do not
schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app())


@pytest.mark.usefixtures("people")
@schema.parametrize()
@settings(
    max_examples=OF_EACH,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_the_description_promises(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(excluded_checks=TOO_STRICT.get(case.method, []))
