"""A review holds the stock of an unpaid order, so it has an end, and the customer can read when."""

from datetime import timedelta

import pytest

from app.emails.delivery import compose_email
from app.i18n.locales import ENGLISH, GERMAN
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.review import expire_review, request_review
from app.web.storefront.order_timeline import timeline_steps
from tests.builders import NOON, a_large_order, a_product, an_order, counters
from tests.fake_clouds import override_settings
from tests.unit.workers.queue_readers import first_event_of

pytestmark = pytest.mark.usefixtures("tables")

UNTIL = "If we haven't approved it by 13 June 2031, 14:00:00 CEST, we cancel it and charge nothing."
BIS = (
    "Haben wir sie bis 13. Juni 2031, 14:00:00 MESZ nicht freigegeben, stornieren wir sie und"
    " buchen nichts ab."
)


def reviewing(order: Order) -> Order:
    return request_review(order.order_id, "a token", now=NOON)


def review_text(order: Order) -> str:
    return timeline_steps(load_order_details(order.order_id))[1].text


@pytest.mark.parametrize("waits", [False, True], ids=["just placed", "in review"])
def test_order_page_says_until_when_a_review_can_take(waits: bool) -> None:
    order = a_large_order()
    text = review_text(reviewing(order) if waits else order)

    assert UNTIL in ENGLISH.translate(text)
    assert BIS in GERMAN.translate(text)


@pytest.mark.parametrize(("language", "words"), [("en", UNTIL), ("de", BIS)])
def test_confirmation_email_says_until_when_a_review_can_take(language: str, words: str) -> None:
    order = a_large_order(language=language)

    email = compose_email(first_event_of(order), load_order_details(order.order_id), "secret")

    assert words in " ".join(email.text.split())
    assert words in email.html


def test_confirmation_of_an_order_without_a_review_says_nothing_of_one() -> None:
    order = an_order()

    email = compose_email(first_event_of(order), load_order_details(order.order_id), "secret")

    assert "approved" not in email.text


def test_stated_time_follows_the_setting() -> None:
    with override_settings(review_seconds="7200"):
        assert "12 June 2031, 16:00:00 CEST" in ENGLISH.translate(review_text(a_large_order()))


def test_units_of_an_order_are_released_at_the_stated_time() -> None:
    product = a_product(price=45_000)
    order = reviewing(an_order(product))
    assert counters(product) == (19, 1, 0)

    closed = expire_review(order.order_id, now=NOON + timedelta(days=1))

    assert (closed.status, closed.close_reason) == ("cancelled", "review_timed_out")
    assert counters(product) == (20, 0, 0)
