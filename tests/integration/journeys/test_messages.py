import json
from typing import Any, cast

import httpx
import pytest
from ulid import ULID

from app.analytics.counters import Total, figures_of

from app.aws.s3 import UploadPolicy, image_upload_form, presigned_upload_form
from app.aws.sns import publish
from app.catalog.image_uploads import THUMBNAIL_WIDTHS, request_upload, find_image
from app.catalog.imports.jobs import create_import, find_import, product_results
from app.catalog.imports.models import MAX_FILE_BYTES, import_key
from app.catalog.models import ProductImage
from app.inventory.models import LedgerEntry
from app.orders.events import write_event
from app.orders.queries import load_order_details
from infra.ops.dead_letters.audit_trail import Person
from infra.ops.dead_letters.queues import find_dead_letter_queue
from infra.ops.dead_letters.redrive import Plan, redrive
from infra.ops.deployed_stack import Deployed
from tests.builders import a_product, sku_of, stock_of
from tests.fake_clouds import MERCHANT, DeployedShop
from tests.integration.journeys.order_polling import becomes, eventually, now, ordered, runs_of
from tests.sample_images import a_jpeg
from tests.unit.workers.queue_readers import events_of, letters_to, taken_from, the_first_event

QUEUES = ("email", "analytics", "inventory", "fulfillment")


def figure(name: str) -> Total:
    return figures_of(now().date()).get(name, Total())


def test_a_first_order_ends_with_two_letters(shop: DeployedShop) -> None:
    email = f"{ULID()}@potter.example".lower()

    order = becomes(ordered(email=email), "shipped")

    letters = eventually(lambda: letters_to(shop.cloud, email), lambda it: len(it) == 2)
    assert order.tracking_code
    assert order.tracking_code in letters[0].text
    assert order.number in letters[1].text


def test_every_event_of_an_order_is_published(shop: DeployedShop) -> None:
    order = becomes(ordered(), "shipped")

    events = eventually(
        lambda: load_order_details(order.order_id).events, lambda rows: not any(it.unpublished for it in rows)
    )

    assert [row.type for row in events] == ["order_placed", "order_paid", "order_shipped"]


def test_sales_are_counted_and_the_ledger_is_kept(shop: DeployedShop) -> None:
    product = a_product()
    paid_before = figure("paid").cents

    order = becomes(ordered(product, of_each=2), "shipped")

    sold = eventually(lambda: figure(f"sku#{sku_of(product)}"), lambda it: it.count == 2)
    assert sold.cents == 4_900
    eventually(lambda: figure("paid").cents, lambda it: it == paid_before + order.total)
    eventually(
        lambda: sorted((it.reason, it.change) for it in LedgerEntry.query(sku_of(product))),
        lambda it: it == [("held", -2), ("received", 20), ("sold", 0)],
    )


def test_the_same_message_again_changes_nothing(shop: DeployedShop) -> None:
    email = f"{ULID()}@potter.example".lower()
    product = a_product()
    order = becomes(ordered(product, email=email), "shipped")
    eventually(lambda: letters_to(shop.cloud, email), lambda it: len(it) == 2)
    eventually(lambda: figure(f"sku#{sku_of(product)}").count)

    for _ in range(3):
        publish(the_first_event(order))
    follower = becomes(ordered(a_product(), email=email), "shipped")
    eventually(lambda: letters_to(shop.cloud, email), lambda it: len(it) == 4)

    assert figure(f"sku#{sku_of(product)}").count == 1
    assert set(runs_of(shop, order)) == {order.order_id}
    assert follower.order_id != order.order_id


def test_merchants_are_told_by_letter_that_few_are_left(shop: DeployedShop) -> None:
    product = a_product(quantity=4)

    becomes(ordered(product), "shipped")

    eventually(lambda: stock_of(product).low_stock_warned)
    eventually(
        lambda: [it for it in letters_to(shop.cloud, MERCHANT) if sku_of(product) in it.text]
    )


@pytest.mark.parametrize("queue", QUEUES)
def test_poison_ends_in_the_dead_letters_with_its_reason_and_spoils_nothing_else(
    shop: DeployedShop, queue: str
) -> None:
    sqs = shop.cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=f"hearth-and-clay-{queue}")["QueueUrl"]
    poison = json.dumps({"type": "order_teleported", "event_id": str(ULID())})

    sqs.send_message(QueueUrl=url, MessageBody=poison)

    def buried() -> list[dict[str, Any]]:
        return [
            it for it in taken_from(shop.cloud, f"{queue}-dead-letters") if it["Body"] == poison
        ]

    (letter,) = eventually(buried)
    assert "order_teleported" in letter["MessageAttributes"]["reason"]["StringValue"]
    becomes(ordered(), "shipped")


def test_a_hundred_dead_letters_sent_back_twice_act_once_and_the_poison_among_them_stays(
    shop: DeployedShop,
) -> None:
    product, cloud = a_product(), Deployed.on(shop.cloud)
    orders = [becomes(order, "shipped") for order in [ordered(product) for _ in range(6)]]
    eventually(lambda: figure(f"sku#{sku_of(product)}").count, lambda it: it == 6)
    told = [write_event(event) for order in orders for event in events_of(order)]
    poison = [json.dumps({"type": "order_teleported", "number": n}) for n in range(10)]
    queue = find_dead_letter_queue(cloud, "analytics")

    for letters in (told * 5, [], told * 5):
        for body in [*letters, *(poison if letters else ())]:
            shop.cloud.client("sqs").send_message(QueueUrl=queue.url, MessageBody=body)
        sent = redrive(cloud, queue, Plan(rate=1_000, most=120), Person("bo", "a test"))
        assert sum(it.sent for it in sent) == len(letters)

    eventually(lambda: waiting_in(shop, queue.target), lambda it: it == 0)
    assert figure(f"sku#{sku_of(product)}").count == 6
    left = [it["Body"] for it in taken_from(shop.cloud, "analytics-dead-letters")]
    assert sorted(left) == sorted(poison * 2)


def waiting_in(shop: DeployedShop, queue_url: str) -> int:
    """Messages that are still to be handled, those in a worker's hands included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told: Any = shop.cloud.client("sqs").get_queue_attributes(
        QueueUrl=queue_url, AttributeNames=cast(Any, names)
    )
    return sum(int(told["Attributes"][name]) for name in names)


def test_an_uploaded_picture_appears_in_all_its_sizes(shop: DeployedShop) -> None:
    product, picture_id = a_product(), str(ULID())
    request_upload(product.slug, picture_id, "A pot", now=now())
    form = image_upload_form(product.slug, picture_id, "image/jpeg")

    sent = httpx.post(
        form["url"], data=form["fields"], files={"file": ("pot.jpg", a_jpeg(1200, 800))}
    )
    assert sent.is_success

    picture = eventually(lambda: find_image(product.slug, picture_id), lambda it: it.state != "waiting")
    assert picture.is_ready
    for width in THUMBNAIL_WIDTHS:
        shown = httpx.get(shop.url + picture.url(width))
        assert shown.headers["content-type"] == "image/webp"


def test_a_refused_picture_tells_why(shop: DeployedShop) -> None:
    product, picture_id = a_product(), str(ULID())
    request_upload(product.slug, picture_id, "A pot", now=now())
    form = image_upload_form(product.slug, picture_id, "image/jpeg")

    httpx.post(form["url"], data=form["fields"], files={"file": ("pot.jpg", b"<html>")})

    picture: ProductImage = eventually(
        lambda: find_image(product.slug, picture_id), lambda it: it.state != "waiting"
    )
    assert (picture.state, picture.reason) == (
        "refused",
        "This is not a JPEG, PNG or WebP picture, or it is damaged.",
    )


def test_an_uploaded_file_changes_the_pieces_in_it(shop: DeployedShop) -> None:
    """By the very form that the desk draws: through S3 to its function, and on to the shelf."""
    product = a_product(price=2_450)
    it = create_import(by=MERCHANT, now=now())
    form = presigned_upload_form(UploadPolicy(import_key(it.import_id), "text/csv", MAX_FILE_BYTES))
    rows = f"slug;price\r\n{product.slug};29.00\r\nnobody;1,5\r\n".encode("utf-8-sig")

    sent = httpx.post(form["url"], data=form["fields"], files={"file": ("products.csv", rows)})

    assert sent.is_success
    ended = eventually(lambda: find_import(it.import_id), lambda it: it.is_finished)
    told = product_results(it.import_id)
    assert (ended.state, [one.outcome for one in told]) == ("done", ["changed", "wrong"])
    assert stock_of(product).price == 2_900
