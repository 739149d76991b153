"""The theme switch, which works without JavaScript."""

from fastapi.testclient import TestClient


def test_the_chosen_theme_is_stored_in_a_cookie(browser: TestClient) -> None:
    response = browser.post("/theme", data={"theme": "dark", "next": "/cart"})

    assert (response.status_code, response.headers["location"]) == (303, "/cart")
    assert 'data-theme="dark"' in browser.get("/cart").text

    browser.post("/theme", data={"theme": "system"})
    assert "data-theme" not in browser.get("/cart").text


def test_an_unknown_theme_is_rejected_and_one_in_a_cookie_ignored(browser: TestClient) -> None:
    assert browser.post("/theme", data={"theme": "neon"}).status_code == 422

    page = browser.get("/cart", headers={"Cookie": "theme=neon"})
    assert "neon" not in page.text
