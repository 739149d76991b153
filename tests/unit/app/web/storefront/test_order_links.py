"""Finding an order by its number: the link goes to its address, and every answer is alike."""

import re
from contextlib import nullcontext

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from app.orders.transitions import find_order
from app.web.storefront.order_links import LINKS_PER_ADDRESS, ORDER_LINKS
from infra.local.cloud import LocalCloud
from tests.crash_injection import failing_calls, recorded_calls
from tests.unit.app.web.pages import page_text, place_order, sign_in_as
from tests.unit.app.web.storefront.test_account import an_email, emails_to
from tests.unit.app.web.storefront.test_order_access import link_in

PATH = "/find-order"


def find(browser: TestClient, number: str, email: str) -> Response:
    response: Response = browser.post(PATH, data={"number": number, "email": email})
    return response


def test_order_number_and_email_send_the_link_to_the_order(
    tables: LocalCloud, browser: TestClient, another: TestClient
) -> None:
    email = an_email()
    order = find_order(place_order(browser, email=email))

    answer = find(another, f" {order.number.lower()} ", email.upper())

    assert answer.status_code == 200
    assert order.order_id not in answer.text
    (message,) = emails_to(tables, email)
    assert another.get(link_in(message)).status_code == 303
    assert another.get(f"/orders/{order.order_id}").status_code == 200


def test_order_of_another_address_and_unknown_orders_are_answered_alike(
    tables: LocalCloud, browser: TestClient
) -> None:
    email, stranger = an_email(), an_email()
    number = find_order(place_order(browser, email=email)).number

    known, of_another, unknown = (
        find(browser, number, email),
        find(browser, number, stranger),
        find(browser, "HC-20311123-4F7Q2-9XKTB", stranger),
    )

    assert page_text(known) == page_text(of_another) == page_text(unknown)
    assert known.status_code == of_another.status_code == unknown.status_code == 200
    for message in emails_to(tables, stranger):
        assert number not in str(message)
        assert "?key=" not in str(message)


@pytest.mark.parametrize("is_outage", [False, True])
def test_search_makes_the_same_calls_for_a_match_and_no_match(
    browser: TestClient, *, is_outage: bool
) -> None:
    email = an_email()
    number = find_order(place_order(browser, email=email)).number
    find(browser, number, an_email())  # reads the secret, which stays in memory

    def calls_and_answer(number: str, email: str) -> tuple[list[str], int, str]:
        outage = (
            failing_calls("SendEmail", "LimitExceededException") if is_outage else nullcontext()
        )
        with outage, recorded_calls() as calls:
            answer = find(browser, number, email)
        operations = [call.partition(" ")[0] for call in calls]
        page = re.sub("Reference [0-9a-f]+", "Reference", page_text(answer))
        return operations, answer.status_code, page

    match = calls_and_answer(number, email)
    of_another, unknown, without_year = (
        calls_and_answer(number, an_email()),
        calls_and_answer("HC-20311123-4F7Q2-9XKTB", an_email()),
        calls_and_answer("HC-1123-4F7Q2", an_email()),
    )

    assert match[1] == (503 if is_outage else 200)
    assert match[0].count("Query") == 2, "the visitor's, and one for the order"
    assert match == of_another == unknown == without_year


@pytest.mark.parametrize("is_outage", [False, True])
def test_sign_in_form_makes_the_same_calls_for_a_known_and_an_unknown_address(
    browser: TestClient, another: TestClient, *, is_outage: bool
) -> None:
    known, unknown = an_email(), an_email()
    sign_in_as(another, known)
    place_order(another, email=known)

    def calls_and_status(email: str) -> tuple[list[str], int]:
        outage = (
            failing_calls("SendEmail", "LimitExceededException") if is_outage else nullcontext()
        )
        with outage, recorded_calls() as calls:
            status = browser.post("/sign-in", data={"email": email}).status_code
        return [call.partition(" ")[0] for call in calls], status

    assert calls_and_status(known) == calls_and_status(unknown)


def test_email_about_no_match_leads_back_to_the_form(
    tables: LocalCloud, browser: TestClient
) -> None:
    email = an_email()
    find(browser, "HC-1123-4F7Q2", email)

    (message,) = emails_to(tables, email)

    assert "/find-order" in str(message)
    assert "4F7Q2" not in str(message), "no text that was typed into the form"


def test_searching_is_limited_alike_for_known_and_unknown_orders(
    tables: LocalCloud, browser: TestClient
) -> None:
    email = an_email()
    number = find_order(place_order(browser, email=email)).number
    attempts = range(ORDER_LINKS.max_hits + 1)

    known = [find(browser, number, email) for _ in attempts]
    stranger = an_email()
    unknown = [find(browser, number, stranger) for _ in attempts]

    statuses = [answer.status_code for answer in known]
    assert statuses == [200] * ORDER_LINKS.max_hits + [429]
    assert [answer.status_code for answer in unknown] == statuses
    assert len(emails_to(tables, email)) == ORDER_LINKS.max_hits


def test_another_spelling_of_a_number_is_no_new_attempt(browser: TestClient) -> None:
    number, email = "HC-20311123-4F7Q2-9XKTB", an_email()
    spellings = (number, number.lower(), number.replace("-", " "), f"order {number}")

    answers = [find(browser, spelling, email).status_code for spelling in spellings]

    assert answers == [200] * ORDER_LINKS.max_hits + [429]


@pytest.mark.parametrize(
    ("number", "email", "message"),
    [
        ("", "ada@potter.example", "Enter your order number."),
        ("HC-12", "ada@potter.example", "Enter the order number as our email shows it"),
        ("HC-20311123-4F7Q2-9XKTB", "ada", "email address"),
        ("4111 1111 1111 1111", "ada@potter.example", "order number"),
    ],
)
def test_form_says_which_field_is_wrong_and_keeps_the_rest(
    browser: TestClient, number: str, email: str, message: str
) -> None:
    answer = find(browser, number, email)

    assert answer.status_code == 422
    assert message in page_text(answer)
    assert "4111" not in answer.text


def test_form_without_fields_is_refused(browser: TestClient) -> None:
    assert browser.post(PATH).status_code == 422
    assert browser.get(PATH).status_code == 200


def test_guessed_address_does_not_change_how_often_a_link_can_be_requested(
    browser: TestClient, another: TestClient
) -> None:
    email = an_email()

    def answers_after(guess: str) -> list[int]:
        order = find_order(place_order(browser, email=email))
        find(another, order.number, guess)
        path = f"/orders/{order.order_id}/link"
        return [another.post(path).status_code for _ in range(ORDER_LINKS.max_hits)]

    assert answers_after(an_email()) == answers_after(email)


def test_one_address_gets_few_links_however_many_orders_it_has(
    tables: LocalCloud, browser: TestClient
) -> None:
    email = an_email()
    order_ids = [place_order(browser, email=email) for _ in range(3)]

    answers = [
        browser.post(f"/orders/{order_id}/link")
        for order_id in order_ids
        for _ in range(ORDER_LINKS.max_hits)
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len(emails_to(tables, email)) == LINKS_PER_ADDRESS.max_hits
