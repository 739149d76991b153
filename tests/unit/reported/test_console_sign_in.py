"""Five sign-ins from the console in 15 minutes locked the local demo out of its own admin.

The console has a way in of its own, which the rate limit of the form does not count. The rate
limit itself has no exception, and nothing of the console is in what is deployed.
"""

import ast

import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app import clock
from app.customers.magic_links import LINKS_PER_EMAIL, LINKS_PER_NETWORK, Network, issue
from app.errors import RateLimited
from infra.build.bundles import BUNDLES, ROOT
from infra.local.console.magic_link import store_link
from tests.unit.app.web.conftest import OpenBrowser

MANY = LINKS_PER_NETWORK.max_hits + 1
DEPLOYED_FOLDERS = ("app", "workers", "workflow")


def an_email() -> str:
    return f"{ULID()}@example.com".lower()


def exhaust_form(email: str) -> Network:
    """Request as many links as the form allows."""
    network = Network(str(ULID()))
    for _ in range(LINKS_PER_EMAIL.max_hits):
        issue(email, network, "/", now=clock.now())
    with pytest.raises(RateLimited):
        issue(email, network, "/", now=clock.now())
    return network


def test_console_signs_in_as_often_as_it_likes(open_browser: OpenBrowser, tables: object) -> None:
    email = an_email()

    for _ in range(MANY):
        response = open_browser().post(f"/sign-in/{store_link(email, now=clock.now())}")
        assert (response.status_code, response.headers["location"]) == (303, "/admin")


def test_console_signs_in_while_the_form_is_locked(browser: TestClient) -> None:
    email = an_email()
    exhaust_form(email)

    response = browser.post(f"/sign-in/{store_link(email, now=clock.now())}")

    assert response.status_code == 303


def test_form_keeps_its_limit_whatever_the_console_does(tables: object) -> None:
    email = an_email()
    network = exhaust_form(email)

    for _ in range(MANY):
        store_link(email, now=clock.now())

    with pytest.raises(RateLimited):
        issue(email, network, "/", now=clock.now())


def test_console_takes_no_attempt_from_the_form(tables: object) -> None:
    email = an_email()

    for _ in range(MANY):
        store_link(email, now=clock.now())

    exhaust_form(email)


def test_link_of_the_console_works_once(browser: TestClient) -> None:
    token = store_link(an_email(), now=clock.now())

    statuses = [browser.post(f"/sign-in/{token}").status_code for _ in range(2)]

    assert statuses == [303, 404]


def test_no_bundle_contains_the_console() -> None:
    paths = [path for bundle in BUNDLES for path in bundle.includes]

    assert [path for path in paths if path.startswith(("infra", "tests"))] == []


def calls(name: str) -> list[str]:
    """Where deployed code calls this function or class, as ``file:function``."""
    found = []
    for folder in DEPLOYED_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    names = {
                        getattr(it.func, "id", "")
                        for it in ast.walk(function)
                        if isinstance(it, ast.Call)
                    }
                    found += [f"{path.relative_to(ROOT)}:{function.name}"] if name in names else []
    return found


def test_deployed_code_stores_a_link_only_after_its_rate_limits() -> None:
    assert calls("MagicLink") == [
        f"app/customers/magic_links.py:{it}" for it in ("issue", "redeem")
    ]

    [source] = [
        it
        for it in ast.parse((ROOT / "app/customers/magic_links.py").read_text()).body
        if isinstance(it, ast.FunctionDef) and it.name == "issue"
    ]
    statements = [ast.unparse(it) for it in source.body[1:4]]
    assert statements == [
        "LINKS_PER_NETWORK.hit(network.viewer, now=now)",
        "if network.edge:\n    LINKS_PER_EDGE.hit(network.edge, now=now)",
        "LINKS_PER_EMAIL.hit(email, now=now)",
    ]


def test_template_and_deployed_code_know_no_console() -> None:
    texts = {
        path: path.read_text()
        for path in (
            ROOT / "infra/template.yaml",
            *(it for folder in DEPLOYED_FOLDERS for it in (ROOT / folder).rglob("*.py")),
        )
    }

    assert [path for path, text in texts.items() if "/console" in text] == []
    assert [path for path, text in texts.items() if "infra.local" in text] == []
