import pytest
from fastapi.testclient import TestClient

from app.cart.models import change_cart
from app.customers.models import hashed
from app.inventory.models import Stock
from app.orders.queries import story_of
from tests.builders import NOON, a_product, counters, sku_of
from tests.conflicts import conflicts
from tests.unit.app.web.pages import ADDRESS, PART, checkout_form, placed, put_in_cart, typed, words


def test_an_order_is_placed_and_its_page_is_next(browser: TestClient) -> None:
    product = a_product(price=2_450)

    answer = browser.post("/checkout", data=checkout_form(browser, product))

    assert answer.status_code == 303
    order = story_of(answer.headers["location"].removeprefix("/orders/")).order
    assert (order.total, order.email) == (3_040, "ada@potter.example")
    assert order.address.city == "Höhr-Grenzhausen"
    assert counters(product) == (19, 1, 0)


def test_the_pay_button_names_the_sum(browser: TestClient) -> None:
    put_in_cart(browser, a_product(price=4_210))

    assert ">Pay €48.00</button>" in browser.get("/checkout").text


def test_with_an_empty_cart_there_is_nothing_to_check_out(browser: TestClient) -> None:
    answer = browser.get("/checkout")

    assert (answer.status_code, answer.headers["location"]) == (303, "/cart")


def test_pressing_twice_buys_once(browser: TestClient) -> None:
    product = a_product()
    form = checkout_form(browser, product)

    first, second = browser.post("/checkout", data=form), browser.post("/checkout", data=form)

    assert first.headers["location"] == second.headers["location"]
    assert counters(product) == (19, 1, 0)


def test_going_back_and_changing_a_placed_order_is_refused(browser: TestClient) -> None:
    form = checkout_form(browser)
    browser.post("/checkout", data=form)

    answer = browser.post("/checkout", data=form | {"payment_method": "pm_declined"})

    assert answer.status_code == 422
    assert "placed already" in words(answer)


def test_a_form_without_a_signature_gets_a_fresh_one_and_loses_nothing(
    browser: TestClient,
) -> None:
    form = checkout_form(browser) | {"form": "made up"}

    answer = browser.post("/checkout", data=form)

    assert answer.status_code == 409
    again = typed(answer)
    assert again["street"] == ADDRESS["street"]
    assert browser.post("/checkout", data=form | {"form": again["form"]}).status_code == 303


def test_somebody_elses_form_places_nothing(browser: TestClient, another: TestClient) -> None:
    stolen = checkout_form(browser)
    mine = checkout_form(another)

    assert another.post("/checkout", data=mine | {"form": stolen["form"]}).status_code == 409


def test_a_changed_price_is_shown_before_anything_is_charged(browser: TestClient) -> None:
    product = a_product(price=2_450)
    form = checkout_form(browser, product)
    Stock(sku_of(product)).update(actions=[Stock.price.set(2_900)])

    answer = browser.post("/checkout", data=form)

    assert answer.status_code == 409
    assert "A price has changed" in words(answer)
    assert "Pay €34.90" in words(answer)


def test_a_cart_changed_in_another_window_is_shown_again(browser: TestClient) -> None:
    form = checkout_form(browser)
    visitor = hashed(browser.cookies["visitor"])
    extra = a_product()
    change_cart(visitor, lambda it: it.with_added(sku_of(extra), 1, price=2_450), now=NOON)

    answer = browser.post("/checkout", data=form)

    assert answer.status_code == 409
    assert "changed in another window" in words(answer)


def test_a_piece_that_sold_out_in_the_cart_is_named(browser: TestClient) -> None:
    product = a_product(title="Round tea pot")
    form = checkout_form(browser, product)
    Stock(sku_of(product)).update(actions=[Stock.available.set(0), Stock.received.set(0)])

    answer = browser.post("/checkout", data=form)

    assert answer.status_code == 409
    assert "Round tea pot" in words(answer)
    assert "Pay €" not in words(answer)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "", "Please fill this in."),
        ("email", "a@b", "does not look like an e-mail address"),
        ("email", "ada@potter.example\nBcc: all@example.com", "on one line"),
        ("email", "a" * 250 + "@b.de", "at most 254"),
        ("name", " ", "Please fill this in."),
        ("name", "x" * 200, "at most 100"),
        ("name", "Ada\r\nBcc: x", "on one line"),
        ("street", "", "Please fill this in."),
        ("street", "x" * 5_000, "at most 100"),
        ("postal_code", "ABC", "does not look like a Postcode"),
        ("city", "", "Please fill this in."),
        ("country", "XX", "choose a country"),
        ("country", "../../etc", "choose a country"),
        ("payment_method", "pm_free", "choose how to pay"),
    ],
)
def test_a_wrong_field_is_explained_beside_it_and_nothing_typed_is_lost(
    browser: TestClient, field: str, value: str, said: str
) -> None:
    answer = browser.post("/checkout", data=checkout_form(browser) | {field: value})

    assert answer.status_code == 422
    assert said in words(answer)
    assert f'href="#{field}"' in answer.text
    kept = {"name": "Ada Potter", "street": "12 Kiln Row"} | {field: value}
    assert all(typed(answer)[name] == kept[name] for name in ("name", "street"))


@pytest.mark.parametrize("name", ["O'Brien", "null", "王小明", "عمر", "<b>Bo</b>", "Ö"])
def test_real_names_are_accepted(browser: TestClient, name: str) -> None:
    order_id = placed(browser, name=name)

    assert story_of(order_id).order.address.name == name
    assert "<b>Bo" not in browser.get(f"/orders/{order_id}").text


@pytest.mark.parametrize("card", ["4242424242424242", "4242 4242 4242 4242", "378282246310005"])
def test_a_card_number_is_refused_and_never_shown_again(browser: TestClient, card: str) -> None:
    form = checkout_form(browser) | {"name": f"Ada {card}"}

    answer = browser.post("/checkout", data=form)

    assert answer.status_code == 422
    assert card not in answer.text
    assert "never type a card number" in words(answer)


def test_another_country_asks_for_its_own_fields_and_keeps_what_was_typed(
    browser: TestClient,
) -> None:
    form = checkout_form(browser) | {"country": "US"}

    part = browser.post("/checkout/address", data=form, headers=PART)

    assert "ZIP code" in words(part)
    assert "California" in words(part)
    assert typed(part)["city"] == ADDRESS["city"]
    assert "email" not in typed(part)


def test_without_scripts_a_button_changes_the_country(browser: TestClient) -> None:
    form = checkout_form(browser) | {"country": "US"}

    page = browser.post("/checkout/address", data=form)

    assert 'formaction="/checkout/address"' in page.text
    assert "California" in words(page)
    assert typed(page)["name"] == ADDRESS["name"]


def test_a_price_that_changed_shows_both_prices_before_anything_is_paid(
    browser: TestClient,
) -> None:
    product = a_product(price=2_450)
    form = checkout_form(browser, product)
    Stock(sku_of(product)).update(actions=[Stock.price.set(2_600)])

    answer = browser.post("/checkout", data=form)

    assert answer.status_code == 409
    assert "A price has changed" in words(answer)
    assert "€26.00 before: €24.50" in words(answer)
    assert ">Pay €31.90</button>" in answer.text


def test_enter_in_a_field_pays_and_does_not_change_the_country(browser: TestClient) -> None:
    put_in_cart(browser, a_product())

    form = browser.get("/checkout").text.split('<form id="checkout"')[1]

    assert "formaction" not in form.split("<button")[1]


def test_an_order_goes_to_any_country(browser: TestClient) -> None:
    order_id = placed(browser, country="US", region="CA", city="Mountain View", postal_code="94043")

    assert story_of(order_id).order.address.region == "CA"
    assert "United States" in words(browser.get(f"/orders/{order_id}"))


def test_when_everybody_orders_at_once_the_form_comes_back_and_asks_for_a_moment(
    browser: TestClient,
) -> None:
    form = checkout_form(browser, street="99 Crowded Row")

    with conflicts(1):
        busy = browser.post("/checkout", data=form)

    assert busy.status_code == 503
    assert busy.headers["retry-after"] == "2"
    assert typed(busy)["street"] == "99 Crowded Row"
    assert "The shop is very busy right now." in words(busy)
    assert browser.post("/checkout", data=form | typed(busy)).status_code == 303
