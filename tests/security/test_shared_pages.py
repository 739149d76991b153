"""Pages that CloudFront caches are the same for every visitor, whatever a request carries."""

import itertools
from collections.abc import Mapping

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx import Response
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from app.i18n.locales import LANGUAGES
from app.main import create_app
from app.web.http.shared_pages import (
    FORWARDED_HEADERS,
    FRAGMENT_HEADER,
    SharedPageRoute,
    cache_key_params,
)
from app.web.security.authorization import routes_of
from app.web.storefront import well_known
from infra.local.cache_rules import CacheRule, cache_rules, find_rule
from tests.fake_clouds import override_settings
from tests.security.conftest import Callers
from tests.security.test_authorization import CALLS, Resources, path_to
from tests.unit.app.web.pages import FRAGMENT_HEADERS

GET_ROUTES = [route for method, route in CALLS if method == "GET"]
SHARED_ROUTES = [route for route in GET_ROUTES if isinstance(route, SharedPageRoute)]
FILES = {route.path for route in routes_of(well_known.router)}
PREFERENCES = "theme=dark; language=de; debug_panel=on; known=1; flash=signed_in"
UNKEYED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Prefix": "/evil",
    "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin",
    "X-HTTP-Method-Override": "POST",
    "Forwarded": "host=evil.example",
    "Origin": "https://evil.example",
    "Referer": "https://evil.example/",
    "Accept-Language": "de",
    "User-Agent": "evil",
    "Authorization": "Bearer evil",
    "HX-Target": "div#pagination",
    "HX-Current-URL": "https://evil.example/",
}
INNOCENT = "a-parameter-that-nothing-reads"


def paths_of(route: APIRoute, callers: Callers) -> list[str]:
    """The address of a shared page in each language, with and without a query."""
    path = path_to(route, Resources(callers.product.slug, "0" * 26, "0" * 26), callers)
    prefixes = [language.prefix for language in LANGUAGES.values()]
    queries = ("", "?q=pot&sort=newest&category=Tableware")
    return [f"{prefix}{path}{query}" for prefix in prefixes for query in queries]


def cookies_of(callers: Callers) -> dict[str, str]:
    """The cookies of each kind of caller, together with every preference."""
    names = ("guest", "customer", "staff", "shop_owner")
    stored = {name: callers.browser_of(name) for name in names}
    own = {
        name: browser.headers.get("Cookie")
        or "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
        for name, browser in stored.items()
    }
    return {name: f"{cookie}; {PREFERENCES}" for name, cookie in own.items()}


def is_cacheable(response: Response) -> bool:
    return "public" in response.headers.get("cache-control", "")


def what_differs(plain: Response, other: Response) -> list[str]:
    """What of a cached response another request changes; ``Date`` is none of ours."""
    names = {*plain.headers} | {*other.headers}
    different = [it for it in names if plain.headers.get(it) != other.headers.get(it)]
    return different + (["content"] if plain.content != other.content else [])


def fetch(client: TestClient, path: str, headers: Mapping[str, str] | None = None) -> Response:
    client.cookies.clear()
    response: Response = client.get(path, headers=dict(headers or {}))
    return response


@pytest.mark.parametrize("route", SHARED_ROUTES, ids=lambda route: route.path)
def test_cached_page_is_the_same_with_and_without_cookies_and_sets_none(
    callers: Callers, route: APIRoute
) -> None:
    client = TestClient(create_app(), follow_redirects=False)
    visitors = cookies_of(callers)
    assert all("visitor=" in cookies for cookies in visitors.values())
    for path in paths_of(route, callers):
        plain = fetch(client, path)
        assert is_cacheable(plain), path
        assert "set-cookie" not in plain.headers

        changed = {
            name: what_differs(plain, fetch(client, path, {"Cookie": cookies}))
            for name, cookies in visitors.items()
        }
        assert not any(changed.values()), changed


def test_every_other_response_forbids_shared_caches(callers: Callers) -> None:
    """Of every route, for every caller. Files that crawlers read are the same for everybody."""
    client = TestClient(create_app(), follow_redirects=False)
    cached = set()
    for route, cookies in itertools.product(GET_ROUTES, ("", *cookies_of(callers).values())):
        path = path_to(route, Resources(callers.product.slug, "0" * 26, "0" * 26), callers)
        response = fetch(client, path, {"Cookie": cookies})
        caching = response.headers["cache-control"]
        if caching not in ("no-store", "private, no-cache"):
            cached.add(route.path)

    assert cached <= {route.path for route in SHARED_ROUTES} | FILES


@pytest.mark.parametrize("route", SHARED_ROUTES, ids=lambda route: route.path)
def test_fragments_and_refusals_of_a_shared_page_are_not_cached(
    callers: Callers, route: APIRoute
) -> None:
    client = TestClient(create_app(), follow_redirects=False)
    for path in paths_of(route, callers):
        joint = "&" if "?" in path else "?"
        assert not is_cacheable(fetch(client, path, FRAGMENT_HEADERS))
        assert not is_cacheable(fetch(client, f"{path}{joint}debug_panel=on"))
        doubled = fetch(client, f"{path}{joint}sku=a&sku=b&page=1&page=2")
        assert not is_cacheable(doubled)


@pytest.mark.parametrize("header", UNKEYED)
def test_header_outside_the_cache_key_cannot_poison_a_cached_page(
    callers: Callers, header: str
) -> None:
    client = TestClient(create_app(), follow_redirects=False)
    for route in SHARED_ROUTES:
        for path in paths_of(route, callers):
            other = fetch(client, path, {header: UNKEYED[header]})
            assert what_differs(fetch(client, path), other) == [], path


@example_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cookies=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80),
    value=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    number=st.integers(0, len(SHARED_ROUTES) - 1),
)
def test_no_cookie_and_no_unread_parameter_changes_a_cached_page(
    callers: Callers, cookies: str, value: str, number: int
) -> None:
    client = TestClient(create_app(), follow_redirects=False)
    path = paths_of(SHARED_ROUTES[number], callers)[0]
    plain = fetch(client, path)

    query = f"{INNOCENT}={value.replace('#', '').replace('&', '')}"
    other = fetch(client, f"{path}?{query}", {"Cookie": cookies})

    assert what_differs(plain, other) == []


def shared_rule(path: str) -> CacheRule:
    rule = find_rule(cache_rules(), path)
    assert rule, f"{path} has no cache behavior in the template"
    return rule


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=lambda language: language.code)
@pytest.mark.parametrize("route", SHARED_ROUTES, ids=lambda route: route.path)
def test_cache_key_has_each_parameter_that_the_page_reads(
    route: SharedPageRoute, language: object
) -> None:
    prefix = getattr(language, "prefix", "")
    rule = shared_rule(f"{prefix}{route.path.replace('{slug}', 'a-slug')}")

    read = {name.encode() for name in cache_key_params(route)}
    assert rule.params is None or read <= rule.params
    assert rule.key_headers == (FRAGMENT_HEADER,)
    assert rule.other_headers == FORWARDED_HEADERS


def test_no_other_page_has_a_cache_behavior(callers: Callers) -> None:
    paths = {
        path_to(route, Resources(callers.product.slug, "0" * 26, "0" * 26), callers): route
        for _, route in CALLS
    }
    cached = {path for path in paths if find_rule(cache_rules(), path)}

    assert {paths[path].path for path in cached} <= {route.path for route in SHARED_ROUTES}


def test_cache_policies_have_no_more_parameters_than_a_quota_allows() -> None:
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""
    counts = [len(it.params or ()) for it in cache_rules() if isinstance(it, CacheRule)]

    assert 0 < max(counts) <= 10


def test_parameter_of_the_template_is_the_lifetime(callers: Callers) -> None:
    with override_settings(edge_cache_seconds="7"):
        cached = fetch(TestClient(create_app()), "/")
    with override_settings(edge_cache_seconds="0"):
        uncached = fetch(TestClient(create_app()), "/")

    assert cached.headers["cache-control"] == (
        "public, max-age=0, s-maxage=7, stale-while-revalidate=7"
    )
    assert uncached.headers["cache-control"] == "private, no-cache"


def test_unchanged_page_is_not_sent_again(callers: Callers) -> None:
    client = TestClient(create_app())
    first = fetch(client, "/products")

    again = fetch(client, "/products", {"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"].replace("-gzip", "")
    assert again.headers["cache-control"] == first.headers["cache-control"]
