import json
from typing import Any, cast

import httpx
import pytest
from ulid import ULID

from app.analytics.figures import figures_between
from app.analytics.models import Total
from app.aws.s3 import UploadPolicy, image_upload_form, presigned_upload_form
from app.aws.sns import OutgoingEvent, publish_batch
from app.catalog.image_uploads import find_image, request_upload
from app.catalog.imports.jobs import create_import, find_import, product_results
from app.catalog.imports.models import MAX_FILE_BYTES, ImportState, import_key
from app.catalog.models import ImageState, ProductImage
from app.catalog.thumbnail_sizes import THUMBNAIL_WIDTHS
from app.inventory.models import LedgerEntry
from app.orders.events import write_event
from app.orders.queries import load_order_details
from app.shop_time import shop_day
from infra.ops.dead_letters.audit_log import Operator
from infra.ops.dead_letters.queues import find_dead_letter_queue
from infra.ops.dead_letters.redrive import RedrivePlan, redrive
from infra.ops.deployed_stack import DeployedStack
from tests.builders import a_product, sku_of, stock_of
from tests.fake_clouds import MERCHANT, DeployedShop
from tests.integration.journeys.order_polling import (
    eventually,
    executions_of,
    now,
    place_test_order,
    wait_for_status,
)
from tests.sample_images import a_jpeg
from tests.unit.workers.queue_readers import drain_queue, emails_to, events_of, first_event_of

QUEUES = ("email", "analytics", "inventory", "fulfillment")


FIRST_DAY = shop_day(now())


def figure(name: str) -> Total:
    """The figure's total since the tests began. They may begin before midnight and end after it."""
    days = figures_between(FIRST_DAY, shop_day(now())).values()
    totals = [day.get(name, Total()) for day in days]
    return Total(sum(it.count for it in totals), sum(it.cents for it in totals))


def test_shipped_order_sends_confirmation_and_shipping_emails(shop: DeployedShop) -> None:
    email = f"{ULID()}@potter.example".lower()

    order = wait_for_status(place_test_order(email=email), "shipped")

    emails = eventually(lambda: emails_to(shop.cloud, email), lambda it: len(it) == 2)
    assert order.tracking_code
    assert order.tracking_code in emails[0].text
    assert order.number in emails[1].text


def test_every_event_of_an_order_is_published(shop: DeployedShop) -> None:
    order = wait_for_status(place_test_order(), "shipped")

    events = eventually(
        lambda: load_order_details(order.order_id).events,
        lambda rows: not any(it.unpublished for it in rows),
    )

    assert [row.type for row in events] == ["order_placed", "order_paid", "order_shipped"]


def test_order_events_update_sales_and_stock_ledger(shop: DeployedShop) -> None:
    product = a_product()
    paid_before = figure("paid").cents

    order = wait_for_status(place_test_order(product, of_each=2), "shipped")

    sold = eventually(lambda: figure(f"sku#{sku_of(product)}"), lambda it: it.count == 2)
    assert sold.cents == 4_900
    eventually(lambda: figure("paid").cents, lambda it: it == paid_before + order.total)
    eventually(
        lambda: sorted((it.reason, it.change) for it in LedgerEntry.query(sku_of(product))),
        lambda it: it == [("reserved", -2), ("sold", 0)],
    )


def test_duplicate_event_is_ignored_by_every_consumer(shop: DeployedShop) -> None:
    email = f"{ULID()}@potter.example".lower()
    product = a_product()
    order = wait_for_status(place_test_order(product, email=email), "shipped")
    eventually(lambda: emails_to(shop.cloud, email), lambda it: len(it) == 2)
    eventually(lambda: figure(f"sku#{sku_of(product)}").count)

    for _ in range(3):
        event = first_event_of(order)
        publish_batch([OutgoingEvent(event, write_event(event), part="")])
    second_order = wait_for_status(place_test_order(a_product(), email=email), "shipped")
    eventually(lambda: emails_to(shop.cloud, email), lambda it: len(it) == 4)

    assert figure(f"sku#{sku_of(product)}").count == 1
    assert set(executions_of(shop, order)) == {order.order_id}
    assert second_order.order_id != order.order_id


def test_merchants_get_a_low_stock_email(shop: DeployedShop) -> None:
    product = a_product(quantity=4)

    wait_for_status(place_test_order(product), "shipped")

    eventually(lambda: stock_of(product).low_stock_warned)
    eventually(lambda: [it for it in emails_to(shop.cloud, MERCHANT) if sku_of(product) in it.text])


@pytest.mark.parametrize("queue", QUEUES)
def test_poison_message_goes_to_the_dead_letter_queue_with_its_reason(
    shop: DeployedShop, queue: str
) -> None:
    sqs = shop.cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=f"hearth-and-clay-{queue}")["QueueUrl"]
    poison = json.dumps({"type": "order_teleported", "event_id": str(ULID())})

    sqs.send_message(QueueUrl=url, MessageBody=poison)

    def dead_letters() -> list[dict[str, Any]]:
        return [
            it for it in drain_queue(shop.cloud, f"{queue}-dead-letters") if it["Body"] == poison
        ]

    (message,) = eventually(dead_letters)
    assert "order_teleported" in message["MessageAttributes"]["reason"]["StringValue"]
    wait_for_status(place_test_order(), "shipped")


def test_redrive_of_duplicate_dead_letters_has_one_effect_and_keeps_poison_messages(
    shop: DeployedShop,
) -> None:
    product, cloud = a_product(), DeployedStack.on_local_cloud(shop.cloud)
    orders = [
        wait_for_status(order, "shipped") for order in [place_test_order(product) for _ in range(6)]
    ]
    eventually(lambda: figure(f"sku#{sku_of(product)}").count, lambda it: it == 6)
    bodies = [write_event(event) for order in orders for event in events_of(order)]
    poison = [json.dumps({"type": "order_teleported", "number": n}) for n in range(10)]
    queue = find_dead_letter_queue(cloud, "analytics")

    for batch in (bodies * 5, [], bodies * 5):
        for body in [*batch, *(poison if batch else ())]:
            shop.cloud.client("sqs").send_message(QueueUrl=queue.url, MessageBody=body)
        sent = redrive(cloud, queue, RedrivePlan(rate=1_000, limit=120), Operator("bo", "a test"))
        assert sum(it.sent for it in sent) == len(batch)

    eventually(lambda: waiting_in(shop, queue.target), lambda it: it == 0)
    assert figure(f"sku#{sku_of(product)}").count == 6
    left = [it["Body"] for it in drain_queue(shop.cloud, "analytics-dead-letters")]
    assert sorted(left) == sorted(poison * 2)


def waiting_in(shop: DeployedShop, queue_url: str) -> int:
    """The number of messages that are waiting or in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes: Any = shop.cloud.client("sqs").get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=cast(Any, names)
    )
    return sum(int(attributes["Attributes"][name]) for name in names)


def test_uploaded_image_appears_in_all_thumbnail_sizes(shop: DeployedShop) -> None:
    product, image_id = a_product(), str(ULID())
    request_upload(product.slug, image_id, "A pot", now=now())
    form = image_upload_form(product.slug, image_id, "image/jpeg")

    sent = httpx.post(
        form["url"], data=form["fields"], files={"file": ("pot.jpg", a_jpeg(1200, 800))}
    )
    assert sent.is_success

    image = eventually(
        lambda: find_image(product.slug, image_id), lambda it: it.state != ImageState.PENDING
    )
    assert image.is_ready
    for width in THUMBNAIL_WIDTHS:
        shown = httpx.get(shop.url + image.url(width))
        assert shown.headers["content-type"] == "image/webp"


def test_rejected_image_stores_its_reason(shop: DeployedShop) -> None:
    product, image_id = a_product(), str(ULID())
    request_upload(product.slug, image_id, "A pot", now=now())
    form = image_upload_form(product.slug, image_id, "image/jpeg")

    httpx.post(form["url"], data=form["fields"], files={"file": ("pot.jpg", b"<html>")})

    image: ProductImage = eventually(
        lambda: find_image(product.slug, image_id), lambda it: it.state != ImageState.PENDING
    )
    assert image.state == ImageState.REJECTED
    assert "JPEG, PNG, WebP, HEIC or AVIF" in (image.reason or "")


def test_uploaded_csv_file_updates_products(shop: DeployedShop) -> None:
    """Through the admin's upload form to S3, to the import function, and to the catalog."""
    product = a_product(price=2_450)
    it = create_import(by=MERCHANT, now=now())
    form = presigned_upload_form(UploadPolicy(import_key(it.import_id), "text/csv", MAX_FILE_BYTES))
    rows = f"slug;price\r\n{product.slug};29.00\r\nnobody;1,5\r\n".encode("utf-8-sig")

    sent = httpx.post(form["url"], data=form["fields"], files={"file": ("products.csv", rows)})

    assert sent.is_success
    ended = eventually(lambda: find_import(it.import_id), lambda it: it.is_finished)
    results = product_results(it.import_id)
    outcomes = [row.outcome for row in results]
    assert (ended.state, outcomes) == (ImportState.DONE, ["updated", "invalid"])
    assert stock_of(product).price == 2_900
