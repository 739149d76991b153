"""Request limits: what the security middleware rejects before a route runs."""

from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from app.web.security.request_limits import MAX_BODY_BYTES
from tests.unit.app.web.pages import checkout_form, page_text

FORM_CONTENT = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_body_over_the_size_limit_is_rejected(browser: TestClient) -> None:
    response = browser.post("/cart", content="a" * (MAX_BODY_BYTES + 1), headers=FORM_CONTENT)

    assert response.status_code == 413


@pytest.mark.parametrize("digits", [19, 4_400])  # Python converts at most 4,300 digits
def test_stated_length_of_many_digits_is_rejected(browser: TestClient, digits: int) -> None:
    headers = FORM_CONTENT | {"Content-Length": "9" * digits}

    assert browser.post("/cart", content="sku=x", headers=headers).status_code == 413


def test_leading_zeros_of_a_stated_length_do_not_count(browser: TestClient) -> None:
    headers = FORM_CONTENT | {"Content-Length": "0" * 40 + "5"}

    assert browser.post("/cart", content="sku=x", headers=headers).status_code == 404


def test_a_form_with_ten_thousand_fields_is_rejected(browser: TestClient) -> None:
    response = browser.post("/cart", content="a=1&" * 10_000, headers=FORM_CONTENT)

    assert response.status_code == 400


@pytest.mark.parametrize("content_type", ["text/xml", "application/json", "text/plain", ""])
def test_a_form_of_another_content_type_is_rejected(browser: TestClient, content_type: str) -> None:
    response = browser.post("/cart", content="<a/>", headers={"Content-Type": content_type})

    assert response.status_code == 415


@pytest.mark.parametrize("body", [b"name=\xff\xfe", b"name=%FF%FE"])
def test_a_form_that_is_not_utf_8_is_rejected(browser: TestClient, body: bytes) -> None:
    assert browser.post("/cart", content=body, headers=FORM_CONTENT).status_code == 400


def test_a_repeated_query_parameter_is_rejected(browser: TestClient) -> None:
    assert browser.get("/?category=Vases&category=Garden").status_code == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PURGE"])
def test_unknown_http_methods_are_rejected(browser: TestClient, method: str) -> None:
    response = browser.request(method, "/")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/%2e%2e/", "/cart/", "/" + "x" * 8_000, "/%00"]
)
def test_malformed_paths_are_not_found_and_never_redirected(browser: TestClient, path: str) -> None:
    response = browser.get(f"http://testserver{path}")

    assert response.status_code == 404
    assert "location" not in response.headers


def test_a_form_with_unescaped_utf_8_is_read_as_utf_8(browser: TestClient) -> None:
    page = browser.post("/sign-in", content="email=Jürgen 🫖".encode(), headers=FORM_CONTENT)

    assert 'value="Jürgen 🫖"' in page.text


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_a_form_may_name_its_charset(browser: TestClient, charset: str) -> None:
    named = {"Content-Type": f"{FORM_CONTENT['Content-Type']}; charset={charset}"}

    assert browser.post("/sign-in", content=b"email=a", headers=named).status_code == 422


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "application/x-www-form-urlencoded"]
)
def test_a_checkout_that_is_not_utf_8_places_no_order(
    browser: TestClient, content_type: str
) -> None:
    fields = checkout_form(browser, name="ADA").items()
    if content_type.startswith("multipart"):
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields
        ]
        body = ("".join(parts) + "--x--\r\n").encode()
    else:
        body = urlencode(dict(fields)).encode()
    headers = {"Content-Type": f"{content_type}; boundary=x"}

    for invalid in (b"\xff\xfe", b"Ad\xe9", b"\xed\xa0\x80"):
        forged = body.replace(b"ADA", invalid)
        assert browser.post("/checkout", content=forged, headers=headers).status_code == 400
    assert "Cart (1)" in page_text(browser.get("/cart"))
    assert browser.post("/checkout", content=body, headers=headers).status_code == 303
