from datetime import UTC, datetime, timedelta

import pytest
from ulid import ULID

from app.emails.delivery import LEASE_DURATION, acquire_lease
from app.orders.checkout import place_order
from app.orders.models import Order
from infra.local.cloud import LocalCloud
from tests.builders import NOON, LambdaContextStub, a_batch, a_cart, a_request, an_order_in_status
from tests.crash_injection import crash
from tests.unit.workers.queue_readers import events_of, letters_to, the_first_event
from workers.email import handler


def somebody() -> str:
    return f"{ULID()}@potter.example".lower()


def ordered_by(email: str) -> Order:
    return place_order(a_request(email=email), a_cart(), now=NOON)


def failures(answer: dict[str, object]) -> int:
    found = answer["batchItemFailures"]
    assert isinstance(found, list)
    return len(found)


def test_a_letter_goes_to_the_customer_once_however_often_the_event_comes(
    tables: LocalCloud,
) -> None:
    email = somebody()
    batch = a_batch(the_first_event(ordered_by(email)))

    for _ in range(3):
        assert failures(handler(batch, LambdaContextStub())) == 0

    (letter,) = letters_to(tables, email)
    assert letter.sender == "orders@hearth.example"
    assert letter.subject
    assert letter.text
    assert "<" in letter.html


def test_the_same_event_twice_in_one_batch_is_one_letter(tables: LocalCloud) -> None:
    email = somebody()
    event = the_first_event(ordered_by(email))

    handler(a_batch(event, event), LambdaContextStub())

    assert len(letters_to(tables, email)) == 1


def test_while_another_is_sending_the_message_comes_back(tables: LocalCloud) -> None:
    email = somebody()
    event = the_first_event(ordered_by(email))
    acquire_lease(event, now=datetime.now(UTC))

    assert failures(handler(a_batch(event), LambdaContextStub())) == 1
    assert letters_to(tables, email) == []


def test_one_who_died_before_sending_is_followed_by_another(tables: LocalCloud) -> None:
    email = somebody()
    event = the_first_event(ordered_by(email))
    acquire_lease(event, now=datetime.now(UTC) - LEASE_DURATION - timedelta(seconds=1))

    assert failures(handler(a_batch(event), LambdaContextStub())) == 0
    assert len(letters_to(tables, email)) == 1


def test_one_who_died_before_marking_leaves_the_only_duplicate_there_may_be(
    tables: LocalCloud,
) -> None:
    email = somebody()
    event = the_first_event(ordered_by(email))
    with crash(before="UpdateItem email# true"):
        handler(a_batch(event), LambdaContextStub())

    assert failures(handler(a_batch(event), LambdaContextStub())) == 1
    assert len(letters_to(tables, email)) == 1


def test_an_order_closed_meanwhile_gets_no_confirmation(tables: LocalCloud) -> None:
    order = an_order_in_status("declined")
    before = len(letters_to(tables, order.email))

    handler(a_batch(the_first_event(order)), LambdaContextStub())

    assert len(letters_to(tables, order.email)) == before


def test_a_first_order_ends_with_two_letters(tables: LocalCloud) -> None:
    email = somebody()
    order = an_order_in_status("shipped", email=email)

    about_letters = [it for it in events_of(order) if it.type != "order_paid"]
    handler(a_batch(*about_letters), LambdaContextStub())

    assert len(letters_to(tables, email)) == 2


def test_merchants_are_asked_by_letter(tables: LocalCloud) -> None:
    before = len(letters_to(tables, "merchant@hearth.example"))
    order = an_order_in_status("reviewing")

    handler(a_batch(events_of(order)[-1]), LambdaContextStub())

    assert len(letters_to(tables, "merchant@hearth.example")) == before + 1


def test_an_event_of_an_order_that_is_not_there_comes_back(tables: LocalCloud) -> None:
    event = the_first_event(ordered_by(somebody()))
    Order(event.order_id, "order").delete()

    assert failures(handler(a_batch(event), LambdaContextStub())) == 1


@pytest.mark.parametrize("status", ["declined", "cancelled"])
def test_the_customer_is_told_how_it_ended(tables: LocalCloud, status: str) -> None:
    email = somebody()
    order = an_order_in_status(status, email=email)

    handler(a_batch(events_of(order)[-1]), LambdaContextStub())

    (letter,) = letters_to(tables, email)
    assert order.number in letter.text


def test_a_letter_is_written_in_the_language_of_its_order(tables: LocalCloud) -> None:
    email = somebody()
    order = place_order(a_request(email=email, language="de"), a_cart(), now=NOON)

    handler(a_batch(the_first_event(order)), LambdaContextStub())

    (letter,) = letters_to(tables, email)
    assert letter.subject == f"Deine Bestellung {order.number}"
    assert "30,40\xa0€" in letter.text
