import re
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from ulid import ULID

from app.cart.cart import Cart
from app.web.storefront.account import merged
from infra.local.cloud import LocalCloud
from tests.builders import a_product
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import heading, placed, put_in_cart, words


def an_email() -> str:
    return f"ada-{ULID()}@potter.example".lower()


def letters_to(cloud: LocalCloud, email: str) -> list[Any]:
    """What the cloud keeps of letters sent, oldest first, whichever account sent them."""
    kept = httpx.get(f"{cloud.url}/_ministack/ses/messages").json()["messages"]
    return [letter for letters in kept.values() for letter in letters if email in str(letter)]


def link_for(cloud: LocalCloud, browser: TestClient, email: str, next_path: str = "/") -> str:
    browser.post("/sign-in", data={"email": email, "next": next_path})
    found = re.findall(r"/sign-in/[\w-]{43}", str(letters_to(cloud, email)[-1]))
    return str(found[0])


def sign_in(cloud: LocalCloud, browser: TestClient, email: str) -> None:
    browser.post(link_for(cloud, browser, email))


def test_a_letter_with_a_link_signs_somebody_in(tables: LocalCloud, browser: TestClient) -> None:
    link = link_for(tables, browser, an_email(), next_path="/orders")

    answer = browser.post(link)

    assert (answer.status_code, answer.headers["location"]) == (303, "/orders")
    assert heading(browser.get("/orders")) == "Your orders"


def test_following_the_link_uses_nothing_up(tables: LocalCloud, browser: TestClient) -> None:
    link = link_for(tables, browser, an_email())

    looked = [browser.get(link), browser.get(link)]

    assert all(">Come in</button>" in page.text for page in looked)
    assert browser.post(link).status_code == 303


def test_a_link_works_once(tables: LocalCloud, browser: TestClient, another: TestClient) -> None:
    link = link_for(tables, browser, an_email())
    browser.post(link)

    again = another.post(link)

    assert again.status_code == 404
    assert "used already" in words(again)
    assert "set-cookie" not in again.headers


def test_the_answer_does_not_tell_whether_we_know_the_address(browser: TestClient) -> None:
    known, unknown = "ada@potter.example", an_email()
    placed(browser)

    answers = [browser.post("/sign-in", data={"email": it}) for it in (known, unknown)]

    texts = [words(a).replace(known, "").replace(unknown, "") for a in answers]
    assert texts[0] == texts[1]


def test_a_wrong_address_is_explained(browser: TestClient) -> None:
    answer = browser.post("/sign-in", data={"email": "nobody"})

    assert answer.status_code == 422
    assert "does not look like an e-mail address" in words(answer)


def test_too_many_letters_are_refused_for_a_while(browser: TestClient) -> None:
    email = an_email()
    answers = [browser.post("/sign-in", data={"email": email}) for _ in range(6)]

    assert [a.status_code for a in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_away_after_signing_in(
    tables: LocalCloud, browser: TestClient, to: str
) -> None:
    link = link_for(tables, browser, an_email(), next_path=to)

    assert browser.post(link).headers["location"] == "/"


def test_signing_in_gives_a_new_cookie_and_the_cart_goes_along(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    put_in_cart(browser, a_product(), 2)
    before = browser.cookies["visitor"]

    sign_in(tables, browser, an_email())

    assert browser.cookies["visitor"] != before
    assert "Cart (2)" in words(browser.get("/cart"))
    old = another.get("/cart", headers={"Cookie": f"visitor={before}"})
    assert "Your cart is empty." in words(old)


def test_a_customers_cart_is_theirs_on_every_device(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    sign_in(tables, browser, email)
    sign_in(tables, another, email)

    put_in_cart(browser, a_product(title="Round tea pot"), 2)

    assert "Round tea pot" in words(another.get("/cart"))


def test_a_customers_cart_is_there_again_after_signing_out_and_in(
    tables: LocalCloud, browser: TestClient
) -> None:
    email = an_email()
    sign_in(tables, browser, email)
    put_in_cart(browser, a_product(), 2)

    browser.post("/sign-out")
    assert "Cart (0)" in words(browser.get("/"))

    sign_in(tables, browser, email)
    assert "Cart (2)" in words(browser.get("/"))


def test_a_guests_cart_joins_the_customers_own_and_that_is_told_once(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email, product = an_email(), a_product()
    sign_in(tables, another, email)
    put_in_cart(another, product, 2)
    put_in_cart(browser, product, 3)

    sign_in(tables, browser, email)

    page = words(browser.get("/"))
    assert "Cart (5)" in page
    assert "What you had put aside before is in your cart again" in page
    assert "put aside before" not in words(browser.get("/"))


def test_a_joined_cart_that_would_be_too_full_says_so(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email, product = an_email(), a_product()
    sign_in(tables, another, email)
    put_in_cart(another, product, 8)
    put_in_cart(browser, product, 8)

    sign_in(tables, browser, email)

    page = words(browser.get("/"))
    assert "Cart (10)" in page
    assert "as far as one order can hold it" in page


def test_a_cart_stays_with_its_customer_when_another_signs_in(
    tables: LocalCloud, browser: TestClient
) -> None:
    sign_in(tables, browser, an_email())
    put_in_cart(browser, a_product(), 2)

    sign_in(tables, browser, an_email())

    assert "Cart (0)" in words(browser.get("/"))


def test_a_customer_orders_from_their_own_cart(tables: LocalCloud, browser: TestClient) -> None:
    sign_in(tables, browser, an_email())

    order_id = placed(browser)

    assert "Cart (0)" in words(browser.get(f"/orders/{order_id}"))
    assert "Keep your orders together" not in words(browser.get(f"/orders/{order_id}"))


def test_a_word_that_is_not_ours_is_not_told(browser: TestClient) -> None:
    page = browser.get("/", headers={"Cookie": "word=<b>evil</b>"})

    assert "evil" not in page.text


def test_the_history_offers_to_order_again(tables: LocalCloud, browser: TestClient) -> None:
    email = an_email()
    order_id = placed(browser, email=email)
    sign_in(tables, browser, email)

    assert f'action="/orders/{order_id}/again"' in browser.get("/orders").text


def test_orders_are_listed_for_the_address_they_were_placed_with(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    order_id = placed(browser, email=email.upper())

    sign_in(tables, another, email)

    assert f"/orders/{order_id}" in another.get("/orders").text
    assert another.get(f"/orders/{order_id}").status_code == 200


def test_after_signing_out_the_old_cookie_opens_nothing(
    tables: LocalCloud, browser: TestClient
) -> None:
    sign_in(tables, browser, an_email())
    cookie = {"Cookie": f"visitor={browser.cookies['visitor']}"}

    assert "Max-Age=0" in browser.post("/sign-out").headers["set-cookie"]

    assert browser.get("/orders", headers=cookie).headers["location"].startswith("/sign-in")


def test_only_merchants_see_the_way_to_the_desk(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    sign_in(tables, browser, MERCHANT)
    sign_in(tables, another, an_email())

    assert 'href="/desk"' in browser.get("/").text
    assert 'href="/desk"' not in another.get("/").text


def test_merged_carts_keep_the_limits_of_an_order() -> None:
    mine = Cart().with_quantity("TEA-POT", 8, price=100)
    other = Cart().with_quantity("TEA-POT", 8, price=100).with_quantity("MUG", 1, price=50)

    both = merged(mine, other)

    assert (both.quantity_of("TEA-POT"), both.quantity_of("MUG")) == (10, 1)
