"""A merchant and customers use the deployed stack, so that every permission is used once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from ulid import ULID

from app.orders.models import Order
from infra.local.faults.state_file import FaultStateFile
from infra.local.form_client import Shopper, hidden_fields
from tests.builders import (
    UNREACHABLE,
    a_batch,
    a_discount,
    a_product,
    an_approved_return,
    an_order_in_status,
)
from tests.fake_clouds import MERCHANT, DeployedShop
from tests.integration.journeys.order_polling import (
    eventually,
    invoke,
    place_test_order,
    wait_for_status,
)
from tests.sample_images import a_jpeg
from tests.unit.workers.queue_readers import emails_to, first_event_of

type Browser = httpx.Client


def sign_in(shop: DeployedShop, email: str) -> Shopper:
    shopper, before = Shopper(shop.url), len(emails_to(shop.cloud, email))
    shopper.browser.post("/sign-in", data={"email": email})
    emails = eventually(lambda: emails_to(shop.cloud, email), lambda it: len(it) > before)
    (link,) = re.findall(r"/sign-in/[\w-]{43}", emails[0].text)[:1]
    shopper.browser.post(link)
    return shopper


def run_user_journey(shop: DeployedShop) -> None:
    merchant = sign_in(shop, MERCHANT).browser
    slug, sku = create_product(merchant)
    upload_image(merchant, slug)
    import_csv(merchant)
    import_mapped_csv(merchant)
    order_id = buy(shop, sku)
    read_admin_pages(merchant, order_id, sku)
    receive_return(merchant)
    delete_account(shop)
    cause_failures(shop)


def create_product(merchant: Browser) -> tuple[str, str]:
    mark = str(ULID())
    sku = f"DAY-{mark[:13]}-{mark[13:]}"
    rows = {f"{name}_{n}": "" for n in range(1, 6) for name in ("sku", "name", "quantity")}
    texts = {"title": f"Jar {mark}", "slug": "", "category": "Kitchen", "blurb": "It closes."}
    priced = {"details": "", "price": "48.00", "compare_at": "", "weight_g": "", "published": "yes"}
    swatches = {f"swatch_{n}": "#a4502a" for n in range(1, 6)}
    form = {**rows, **swatches, **texts, **priced, "sku_1": sku, "quantity_1": "50"}
    slug = (
        require_success(merchant.post("/admin/products", data=form))
        .headers["location"]
        .rpartition("/")[2]
    )
    page = require_success(merchant.get(f"/admin/products/{slug}/edit")).text
    changed = {**hidden_fields(page), **texts, **priced, "price": "49.00", "title": f"Jug {mark}"}
    require_success(merchant.post(f"/admin/products/{slug}/edit", data=changed))
    delivery = {"sku": sku, "quantity": "5", "delivery_id": str(ULID())}
    for _ in ("booked", "pressed twice"):
        require_success(merchant.post(f"/admin/products/{slug}/receive-stock", data=delivery))
    stock = require_success(merchant.get(f"/admin/stock/{sku}?form={ULID()}")).text
    counted = {**hidden_fields(stock), "reason": "counted", "quantity": "54"}
    require_success(merchant.post(f"/admin/stock/{sku}/adjustments", data=counted))
    return slug, sku


def upload_image(merchant: Browser, slug: str) -> None:
    images = f"/admin/products/{slug}/images"
    created = require_success(
        merchant.post(images, data={"alt": "A jar", "content_type": "image/jpeg"})
    )
    upload(merchant, created.headers["location"], a_jpeg(900, 600))
    image = created.headers["location"].partition("?")[0]
    eventually(lambda: "/media/" in merchant.get(f"/admin/products/{slug}").text)
    require_success(merchant.post(f"{image}/position", data={"position": "1"}))
    require_success(merchant.post(f"{image}/delete"))


def import_csv(merchant: Browser) -> None:
    location = require_success(merchant.post("/admin/imports")).headers["location"]
    new = f"tin-{ULID()},TIN-{ULID()},Tin,Kitchen,It shuts.,12.00".lower()
    upload(merchant, location, f"slug,sku,title,category,blurb,price\n{new}\n".encode())
    eventually(lambda: "created" in merchant.get(f"{location}/report").text.lower())
    require_success(merchant.get("/admin/imports"))


def import_mapped_csv(merchant: Browser) -> None:
    """Another program's file: map its columns, preview it and import it."""
    location = require_success(merchant.post("/admin/imports")).headers["location"]
    new = f"Dose {ULID()};12,00;DOSE-{ULID()}"
    upload(merchant, location, f"Bezeichnung;Preis;Artikelnummer\n{new}\n".encode())
    report = f"{location}/report"
    eventually(lambda: "Which column is which?" in merchant.get(report).text)
    form = {"column_0": "title", "column_1": "price", "column_2": "sku", "category": "Kitchen"}
    mapping = f"{location}/mapping"
    require_success(merchant.post(mapping, data={**form, "has_headings": "yes"}))
    eventually(lambda: "Check the import" in merchant.get(report).text)
    fields = hidden_fields(merchant.get(report).text)
    confirmed = {"mapping_id": fields["mapping_id"], "confirmed": "yes"}
    require_success(merchant.post(mapping, data=confirmed))
    eventually(lambda: "Imported 1 of 1 row" in merchant.get(report).text)


def upload(merchant: Browser, path: str, content: bytes) -> None:
    page = require_success(merchant.get(path)).text
    (address,) = re.findall(r'<form[^>]*action="(http[^"]+)"', page)
    fields = hidden_fields(page[page.index(address) :].partition("</form>")[0])
    require_success(httpx.post(address, data=fields, files={"file": ("file", content)}))


def buy(shop: DeployedShop, sku: str) -> str:
    email = f"{ULID()}@potter.example".lower()
    customer = sign_in(shop, email)
    require_success(customer.browser.get("/products"))
    customer.add_to_cart(sku)
    require_success(
        customer.browser.post("/cart/discount", data={"new_discount_code": a_discount().code})
    )
    order_id = customer.pay({**customer.fill_in_checkout("pm_succeeds"), "email": email})
    customer.browser.post("/debug-panel", data={"debug_panel": "on"})
    require_success(customer.browser.get(f"/orders/{order_id}"))  # with the consumers' rows
    customer.cancel(order_id)  # before the other pages: packing takes one second here
    for path in ("/orders", "/cart", "/account"):
        require_success(customer.browser.get(path))
    require_success(customer.browser.post(f"/orders/{order_id}/reorder"))
    customer.browser.post("/account/sessions/sign-out-others")
    require_success(customer.browser.post("/sign-out"))
    return order_id


def read_admin_pages(merchant: Browser, order_id: str, sku: str) -> None:
    page = require_success(merchant.get(f"/admin/orders/{order_id}")).text
    (number,) = re.findall(r"HC-\d{8}-\w{5}-\w{5}", page)[:1]
    for path in (
        "/admin",
        f"/admin?find={number}",
        f"/admin?find={MERCHANT}",
        "/admin/audit-log",
        "/admin/sales",
        "/admin/product-order",
    ):
        require_success(merchant.get(path))
    require_success(merchant.get(f"/admin/stock/{sku}?form={ULID()}"))
    note = {"note": "Rang back.", "note_id": str(ULID())}
    require_success(merchant.post(f"/admin/orders/{order_id}/notes", data=note))


def receive_return(merchant: Browser) -> None:
    """A return of a shipped order came back, and is refunded at once."""
    order = an_order_in_status("shipped")
    an_approved_return(order)
    units = str(order.lines[0].quantity)
    form = {"number": "1", "received-1": units, "restocked-1": units, "amount": "1.00"}
    require_success(merchant.post(f"/admin/orders/{order.order_id}/return-receipt", data=form))


def delete_account(shop: DeployedShop) -> None:
    customer = sign_in(shop, f"{ULID()}@potter.example".lower())
    require_success(customer.browser.post("/account/delete"))


def cause_failures(shop: DeployedShop) -> None:
    """An undeliverable parcel, a failed execution, and throttled DynamoDB tables."""
    refused = place_test_order(a_product(), street=UNREACHABLE)
    event, run = first_event_of(place_test_order(a_product())), a_failed_execution(refused)
    with throttled_tables(shop):
        for worker in ("email", "analytics", "inventory", "fulfillment"):
            invoke(shop, worker, a_batch(event))
        invoke(shop, "reconcile", run)
    wait_for_status(refused, "cancelled")


def a_failed_execution(order: Order) -> dict[str, Any]:
    batch = a_batch(first_event_of(order))
    event = f'{{"detail": {{"name": "{order.order_id}", "status": "FAILED"}}}}'
    return {"Records": [{**batch["Records"][0], "body": event}]}


@contextmanager
def throttled_tables(shop: DeployedShop) -> Iterator[None]:
    switches = FaultStateFile(shop.cloud.state_dir.faults)
    switches.set("dynamodb-throttle", 1)
    try:
        yield
    finally:
        switches.set("dynamodb-throttle", 0)


def require_success(answer: httpx.Response) -> httpx.Response:
    request = f"{answer.request.method} {answer.request.url} answered {answer.status_code}"
    assert answer.status_code in (200, 201, 204, 303), f"{request}: {answer.text[:300]}"
    return answer
