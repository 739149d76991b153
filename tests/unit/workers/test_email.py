import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ReadTimeoutError
from ulid import ULID

from app.aws.clients import client
from app.aws.secrets import signing_secret
from app.emails.send_leases import LEASE_DURATION, acquire_lease
from app.orders.cancellation import cancel_order
from app.orders.checkout import place_order
from app.orders.events import OrderEvent, StockLow, read_event, write_event
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.shipping import ship
from app.persistence.idempotency import EmailDelivery, recipient_hash
from infra.local.cloud import LocalCloud
from tests.builders import (
    NOON,
    PACKED,
    LambdaContextStub,
    a_batch,
    a_cart,
    a_product,
    a_request,
    an_order_in_status,
    sku_of,
    store_in_outbox,
)
from tests.crash_injection import crash, failing_calls, recorded_calls
from tests.fake_clouds import MERCHANT, override_settings
from tests.unit.workers.queue_readers import emails_to, events_of, first_event_of, messages_in
from workers.email import handler


def an_email() -> str:
    return f"{ULID()}@potter.example".lower()


def an_order_by(email: str) -> Order:
    return place_order(a_request(email=email), a_cart(), now=NOON)


def failures(response: dict[str, object]) -> int:
    failed = response["batchItemFailures"]
    assert isinstance(failed, list)
    return len(failed)


def test_duplicate_event_sends_one_email(
    tables: LocalCloud,
) -> None:
    email = an_email()
    batch = a_batch(first_event_of(an_order_by(email)))

    for _ in range(3):
        assert failures(handler(batch, LambdaContextStub())) == 0

    (received,) = emails_to(tables, email)
    assert received.sender == "orders@hearth.example"
    assert received.subject
    assert received.text
    assert "<" in received.html


def test_duplicate_event_in_one_batch_sends_one_email(tables: LocalCloud) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))

    handler(a_batch(event, event), LambdaContextStub())

    assert len(emails_to(tables, email)) == 1


def test_message_is_retried_while_another_worker_holds_the_send_lease(tables: LocalCloud) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))
    acquire_lease(event, recipient_hash(event.order_id, email), now=datetime.now(UTC))

    assert failures(handler(a_batch(event), LambdaContextStub())) == 1
    assert emails_to(tables, email) == []


def test_email_is_sent_after_the_lease_of_a_crashed_worker_expires(tables: LocalCloud) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))
    expired = datetime.now(UTC) - LEASE_DURATION - timedelta(seconds=1)
    acquire_lease(event, recipient_hash(event.order_id, email), now=expired)

    assert failures(handler(a_batch(event), LambdaContextStub())) == 0
    assert len(emails_to(tables, email)) == 1


def test_crash_before_the_result_is_recorded_keeps_the_lease_until_it_expires(
    tables: LocalCloud,
) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))
    with crash(before="UpdateItem email# true"):
        handler(a_batch(event), LambdaContextStub())

    assert failures(handler(a_batch(event), LambdaContextStub())) == 1
    assert len(emails_to(tables, email)) == 1


def test_closed_order_gets_no_confirmation_email(tables: LocalCloud) -> None:
    order = an_order_in_status("declined")
    before = len(emails_to(tables, order.email))

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    assert len(emails_to(tables, order.email)) == before


def test_shipped_order_gets_two_emails(tables: LocalCloud) -> None:
    email = an_email()
    order = an_order_in_status("paid", email=email)
    handler(a_batch(*events_of(order)), LambdaContextStub())

    ship(order.order_id, now=PACKED)
    handler(a_batch(events_of(order)[-1]), LambdaContextStub())

    assert len(emails_to(tables, email)) == 2


def test_late_confirmation_of_a_shipped_order_is_not_sent(tables: LocalCloud) -> None:
    """Four days late, "we have received your order" beside "on its way" would confuse."""
    email = an_email()
    order = an_order_in_status("shipped", email=email)

    response = handler(a_batch(*events_of(order)), LambdaContextStub())

    assert failures(response) == 0
    (received,) = emails_to(tables, email)
    assert received.subject == f"Order {order.number} is on its way"


def test_late_messages_about_a_review_and_about_stock_are_not_sent(tables: LocalCloud) -> None:
    order = an_order_in_status("reviewing")
    cancel_order(order.order_id, now=NOON)
    requested = next(it for it in events_of(order) if it.type == "order_review_requested")
    product = a_product(quantity=20)
    low = StockLow(
        event_id=f"{order.order_id}-low-{sku_of(product)}",
        order_id=order.order_id,
        occurred_at=NOON,
        sku=sku_of(product),
        available=3,
    )
    store_in_outbox(low)

    response = handler(a_batch(requested, low), LambdaContextStub())

    assert failures(response) == 0
    assert not [it for it in emails_to(tables, MERCHANT) if order.order_id in it.text]
    rows = [it for it in deliveries(order) if it.skipped]
    assert {it.skipped for it in rows} == {"outdated"}
    assert len(rows) == 3  # one to the owner about the review; to owner and staff about the stock


def test_merchants_get_an_email_about_a_review(tables: LocalCloud) -> None:
    before = len(emails_to(tables, "merchant@hearth.example"))
    order = an_order_in_status("reviewing")

    handler(a_batch(events_of(order)[-1]), LambdaContextStub())

    assert len(emails_to(tables, "merchant@hearth.example")) == before + 1


def test_event_of_a_missing_order_goes_to_the_dead_letter_queue(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    event = first_event_of(an_order_by(an_email()))
    Order(event.order_id, "order").delete()

    assert failures(handler(a_batch(event), LambdaContextStub())) == 0
    (message,) = messages_in(tables, dead_letter_queue)
    assert message["Body"] == write_event(event)


@pytest.mark.parametrize("status", ["declined", "cancelled"])
def test_customer_gets_an_email_about_a_closed_order(tables: LocalCloud, status: str) -> None:
    email = an_email()
    order = an_order_in_status(status, email=email)

    handler(a_batch(events_of(order)[-1]), LambdaContextStub())

    (received,) = emails_to(tables, email)
    assert order.number in received.text


def test_email_is_in_the_language_of_its_order(tables: LocalCloud) -> None:
    email = an_email()
    order = place_order(a_request(email=email, language="de"), a_cart(), now=NOON)

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    (received,) = emails_to(tables, email)
    assert received.subject == f"Bestellung {order.number} erhalten"
    assert "30,40\xa0€" in received.text


def deliveries(order: Order) -> list[EmailDelivery]:
    rows = load_order_details(order.order_id).processed
    return [row for row in rows if isinstance(row, EmailDelivery)]


@pytest.mark.parametrize("call", ["SendEmail", "GetSecretValue"])
def test_failed_send_gives_its_lease_back(tables: LocalCloud, call: str) -> None:
    """The next attempt must not have to wait for the lease of the failed one."""
    email = an_email()
    batch = a_batch(first_event_of(an_order_by(email)))
    signing_secret.cache_clear()
    with failing_calls(call, "InternalServerError"):
        assert failures(handler(batch, LambdaContextStub())) == 1

    assert failures(handler(batch, LambdaContextStub())) == 0
    assert len(emails_to(tables, email)) == 1


def test_lease_expires_if_giving_it_back_fails_too(tables: LocalCloud) -> None:
    email = an_email()
    batch = a_batch(first_event_of(an_order_by(email)))
    with (
        failing_calls("SendEmail", "InternalServerError"),
        failing_calls("UpdateItem email# REMOVE", "InternalServerError"),
    ):
        assert failures(handler(batch, LambdaContextStub())) == 1

    assert failures(handler(batch, LambdaContextStub())) == 1
    assert emails_to(tables, email) == []


THREE_MERCHANTS = tuple(f"{name}@hearth.example" for name in ("ada", "bo", "cy"))


@pytest.fixture
def review_request(dead_letter_queue: str) -> Iterator[OrderEvent]:
    """The event of a large order, with three merchants who get an email about it."""
    with override_settings(
        owner_emails=",".join(THREE_MERCHANTS), dead_letter_queue_url=dead_letter_queue
    ):
        yield events_of(an_order_in_status("reviewing"))[-1]


def requests_to(cloud: LocalCloud, event: OrderEvent) -> list[int]:
    """The number of emails about the event that each of the merchants got."""
    return [
        sum(event.order_id in it.text for it in emails_to(cloud, merchant))
        for merchant in THREE_MERCHANTS
    ]


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
def test_refused_address_does_not_keep_the_others_from_getting_the_email_once(
    tables: LocalCloud, review_request: OrderEvent, dead_letter_queue: str, code: str
) -> None:
    batch = a_batch(review_request)
    with failing_calls("SendEmail ada@hearth.example", code) as refused:
        for _ in range(5):
            assert failures(handler(batch, LambdaContextStub())) == 0

    assert requests_to(tables, review_request) == [0, 1, 1]
    assert len(refused) == 1
    (message,) = messages_in(tables, dead_letter_queue)
    attributes = {name: it["StringValue"] for name, it in message["MessageAttributes"].items()}
    recipient = recipient_hash(review_request.order_id, "ada@hearth.example")
    assert read_event(message["Body"]) == review_request
    assert attributes["recipient"] == recipient
    assert attributes["reason"] == f"SES refused recipient {recipient}: {code}, after 1 attempt"
    assert "ada@" not in json.dumps(message)


def test_message_about_a_refused_address_keeps_the_fields_of_newer_code(
    tables: LocalCloud, review_request: OrderEvent, dead_letter_queue: str
) -> None:
    """Old code after a rollback: the redrive to the new code must find the whole event."""
    body = json.dumps(json.loads(write_event(review_request)) | {"gift_wrap": True})

    with failing_calls("SendEmail ada@hearth.example", "MessageRejected"):
        handler(a_batch(body), LambdaContextStub())

    (message,) = messages_in(tables, dead_letter_queue)
    assert message["Body"] == body


def test_redrive_of_a_refused_address_sends_to_it_alone(
    tables: LocalCloud, review_request: OrderEvent
) -> None:
    with failing_calls("SendEmail ada@hearth.example", "MessageRejected"):
        handler(a_batch(review_request), LambdaContextStub())
    redriven = a_batch(review_request)
    recipient = recipient_hash(review_request.order_id, "ada@hearth.example")
    redriven["Records"][0]["messageAttributes"] = {
        "recipient": {"stringValue": recipient, "dataType": "String"}
    }

    for _ in range(2):
        assert failures(handler(redriven, LambdaContextStub())) == 0

    assert requests_to(tables, review_request) == [1, 1, 1]


def test_redrive_of_an_address_that_is_still_refused_returns_it_once(
    tables: LocalCloud, review_request: OrderEvent, dead_letter_queue: str
) -> None:
    redriven = a_batch(review_request)
    recipient = recipient_hash(review_request.order_id, "bo@hearth.example")
    redriven["Records"][0]["messageAttributes"] = {
        "recipient": {"stringValue": recipient, "dataType": "String"}
    }

    with failing_calls("SendEmail bo@hearth.example", "MessageRejected"):
        assert failures(handler(redriven, LambdaContextStub())) == 0

    assert requests_to(tables, review_request) == [0, 0, 0]
    assert len(messages_in(tables, dead_letter_queue)) == 1


def test_transient_error_for_one_address_is_retried_without_repeating_the_others(
    tables: LocalCloud, review_request: OrderEvent, dead_letter_queue: str
) -> None:
    batch = a_batch(review_request)
    with failing_calls("SendEmail bo@hearth.example", "TooManyRequestsException"):
        assert failures(handler(batch, LambdaContextStub())) == 1
    assert requests_to(tables, review_request) == [1, 0, 1]

    assert failures(handler(batch, LambdaContextStub())) == 0

    assert requests_to(tables, review_request) == [1, 1, 1]
    assert messages_in(tables, dead_letter_queue) == []


def test_recipient_whom_another_worker_handles_does_not_delay_the_others(
    tables: LocalCloud, review_request: OrderEvent
) -> None:
    """A worker that died holds its lease for minutes."""
    recipient = recipient_hash(review_request.order_id, "ada@hearth.example")
    acquire_lease(review_request, recipient, now=datetime.now(UTC))

    assert failures(handler(a_batch(review_request), LambdaContextStub())) == 1

    assert requests_to(tables, review_request) == [0, 1, 1]


@pytest.fixture
def slow_ses() -> Iterator[list[str]]:
    """SES sends each email, but its replies are lost; the requests that reached it."""
    requests: list[str] = []

    def lose_reply(request: AWSPreparedRequest, **_: object) -> None:
        requests.append(request.url)
        raise ReadTimeoutError(endpoint_url=request.url)

    events = client("sesv2").meta.events
    events.register_first("before-send.sesv2.SendEmail", lose_reply)
    yield requests
    events.unregister("before-send.sesv2.SendEmail", lose_reply)


def test_email_whose_reply_is_lost_is_not_repeated_by_the_sdk_nor_before_the_lease_expires(
    tables: LocalCloud, slow_ses: list[str]
) -> None:
    """Otherwise a SES that answers slowly for minutes sends a customer a dozen copies."""
    batch = a_batch(first_event_of(an_order_by(an_email())))

    for _ in range(5):
        assert failures(handler(batch, LambdaContextStub())) == 1

    assert len(slow_ses) == 1


def test_stock_is_read_consistently_before_a_warning_is_suppressed(tables: LocalCloud) -> None:
    """The warning is sent once, so a stale read would lose it for good."""
    product = a_product(quantity=3)
    order = place_order(a_request(), a_cart(product), now=NOON)
    warning = StockLow(
        event_id=f"{order.order_id}-low-{sku_of(product)}",
        order_id=order.order_id,
        occurred_at=NOON,
        sku=sku_of(product),
        available=2,
    )
    store_in_outbox(warning)

    with recorded_calls() as calls:
        handler(a_batch(warning), LambdaContextStub())

    reads = [call for call in calls if "BatchGetItem" in call and sku_of(product) in call]
    assert len(reads) == 2  # one for each merchant
    assert all('"ConsistentRead": true' in read for read in reads)


NOT_VERIFIED = "Email address is not verified. The following identities failed the check in region"


@pytest.mark.parametrize(
    ("identities", "is_permanent"),
    [
        ("orders@hearth.example", False),
        ("ada@potter.example, orders@hearth.example", False),
        ("hearth.example", False),
        ("merchant@hearth.example", True),
        ("ada@potter.example", True),
    ],
)
def test_sender_that_is_not_verified_is_no_fault_of_the_recipient(
    tables: LocalCloud, dead_letter_queue: str, identities: str, is_permanent: bool
) -> None:
    """A wrong setting must not make every customer's address a refused one."""
    event = first_event_of(an_order_by(an_email()))
    message = f"{NOT_VERIFIED} EU-CENTRAL-1: {identities}"

    with failing_calls("SendEmail", "MessageRejected", message):
        response = handler(a_batch(event), LambdaContextStub())

    assert bool(failures(response)) is not is_permanent
    assert messages_in(tables, dead_letter_queue) == []


def test_refused_address_of_a_customer_ends_quietly(
    tables: LocalCloud, dead_letter_queue: str
) -> None:
    """Only the customer can correct it. In the sandbox of SES each order would ring the alarm."""
    event = first_event_of(an_order_by(an_email()))

    with failing_calls("SendEmail", "MessageRejected") as refused:
        for _ in range(2):
            assert failures(handler(a_batch(event), LambdaContextStub())) == 0

    assert len(refused) == 1
    assert messages_in(tables, dead_letter_queue) == []
    (delivery,) = load_order_details(event.order_id).email_deliveries
    assert delivery.skipped == "refused"


def test_refused_merchant_is_reported_again_if_the_dead_letter_queue_did_not_answer(
    tables: LocalCloud, review_request: OrderEvent, dead_letter_queue: str
) -> None:
    batch = a_batch(review_request)
    with failing_calls("SendEmail", "MessageRejected"):
        with failing_calls("SendMessage", "ServiceUnavailable"):
            assert failures(handler(batch, LambdaContextStub())) == 1

        assert failures(handler(batch, LambdaContextStub())) == 0

    assert len(messages_in(tables, dead_letter_queue)) == len(THREE_MERCHANTS)


def test_refused_address_is_a_metric_and_a_log_line_without_the_address(
    tables: LocalCloud, dead_letter_queue: str, capfd: pytest.CaptureFixture[str]
) -> None:
    email = an_email()
    event = first_event_of(an_order_by(email))

    with failing_calls("SendEmail", "MessageRejected"):
        handler(a_batch(event), LambdaContextStub())

    output = capfd.readouterr().err
    lines = [json.loads(line) for line in output.splitlines()]
    assert [it["recipient"] for it in lines if it.get("message") == "email refused"] == [
        recipient_hash(event.order_id, email)
    ]
    assert sum(sum(it.get("EmailsRefused", [])) for it in lines) == 1
    assert email not in output


def test_key_of_a_delivery_holds_no_personal_data(tables: LocalCloud) -> None:
    order = an_order_by("zoe@potter.example")

    handler(a_batch(first_event_of(order)), LambdaContextStub())

    (row,) = deliveries(order)
    assert row.part.startswith(f"email#{order.order_id}-0001#")
    assert "zoe" not in row.part
