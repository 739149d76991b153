"""Access as a matrix: every route of the application, by every state of a credential."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from app.web.security.authorization import required_access
from infra.local.cloud import LocalCloud
from tests.builders import cleaned_up
from tests.fake_clouds import passive_settings, use_cloud
from tests.security.conftest import Callers
from tests.security.credential_states import ADDRESS, STATES, CredentialState, Visits
from tests.security.evidence import HERE
from tests.security.test_authorization import (
    CALLS,
    CHANGES_OTHER_TESTS,
    NAMES,
    PARAMETERS_OF_OTHER_TESTS,
    Resources,
    path_to,
    redirects_to_sign_in,
)
from tests.unit.app.web.conftest import OpenBrowser

LISTED: dict[str, list[str]] = yaml_parse((HERE / "access.yaml").read_text())
CLASS_OF = {route: kind for kind, routes in LISTED.items() for route in routes}
ADMITTED = {200, 204, 302, 303, 400, 409, 422}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NEEDS = {
    "order_owner": "order",
    **{kind: kind for kind in ("customer", "merchant", "shop_owner")},
}
OPEN_TO_ALL = ("public", "order_token", "provider_signature")


@pytest.fixture(scope="module")
def visits(tables_cloud: LocalCloud, open_browser: OpenBrowser) -> Iterator[Visits]:
    use_cloud(passive_settings(tables_cloud))
    with cleaned_up():
        yield Visits(tables_cloud, open_browser)


def test_every_route_of_the_application_is_listed_in_one_class() -> None:
    assert sorted(CLASS_OF) == sorted(NAMES), "list the new route in tests/security/access.yaml"
    assert sum(map(len, LISTED.values())) == len(CLASS_OF)
    declared = {name: required_access(route) for (_, route), name in zip(CALLS, NAMES, strict=True)}
    assert declared == CLASS_OF


@pytest.mark.parametrize("name", STATES)
def test_credential_opens_what_its_state_allows_and_nothing_else(
    name: str, visits: Visits, callers: Callers
) -> None:
    state = STATES[name](visits)
    outcomes = dict(_outcomes(state, visits, callers))

    wrong = {route: outcome for route, outcome in outcomes.items() if outcome}
    assert wrong == {}
    assert len(outcomes) > 40


def _outcomes(
    state: CredentialState, visits: Visits, callers: Callers
) -> Iterator[tuple[str, str]]:
    """What is wrong with the response of each route, or empty.

    A route that is denied is called in any case; one that is admitted if it leaves the state as
    it is and needs no row of its own.
    """
    browser = visits.open_browser()
    browser.headers["Cookie"] = state.cookie
    resource = Resources("", state.order_id, "0" * 26)
    for (method, route), name in zip(CALLS, NAMES, strict=True):
        kind = CLASS_OF.get(name, "unlisted")
        if kind == "unlisted":
            continue  # another test fails for it
        is_admitted = kind in OPEN_TO_ALL or NEEDS[kind] in state.may
        has_own_test = PARAMETERS_OF_OTHER_TESTS & set(route.param_convertors)
        if is_admitted and (has_own_test or route.path in CHANGES_OTHER_TESTS):
            continue
        response = _call(browser, method, path_to(route, resource, callers))
        yield name, _what_is_wrong(response, kind, state)


def _call(browser: TestClient, method: str, path: str) -> Response:
    is_form = method == "POST" and not path.startswith(("/api/", "/webhooks/"))
    response: Response = browser.request(method, path, headers=FORM if is_form else {})
    browser.cookies.clear()  # a route that sets a cookie must not change the caller
    return response


def _what_is_wrong(response: Response, kind: str, state: CredentialState) -> str:
    status, expected = response.status_code, _expected(kind, state.may)
    if redirects_to_sign_in(response):
        status = 401
    if status not in expected:
        return f"{status} instead of {expected}"
    if "order" not in state.may and "merchant" not in state.may:
        return ", ".join(words for words in ADDRESS.values() if words in response.text)
    return ""


def _expected(kind: str, may: frozenset[str]) -> set[int]:
    """The statuses of a class of routes; 401 stands for the redirect to the sign-in page."""
    if kind == "public":
        return ADMITTED | {404}
    if kind in ("order_token", "order_owner"):
        return ADMITTED if NEEDS.get(kind) in may else {404}
    if kind == "provider_signature":
        return {401}
    if NEEDS[kind] in may:
        return ADMITTED
    return {404} if "customer" in may else {401}
