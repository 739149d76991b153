"""What people do in the running shop in a day, so that every right of its roles is used once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from ulid import ULID

from app.orders.events import OrderCancelRequested
from app.orders.models import Order
from infra.local.faults.state_file import Switches
from infra.local.form_client import Shopper, hidden_fields
from tests.builders import UNREACHABLE, a_batch, a_product
from tests.fake_clouds import MERCHANT, DeployedShop
from tests.integration.journeys.order_polling import becomes, eventually, invoked, ordered
from tests.sample_images import a_jpeg
from tests.unit.workers.queue_readers import letters_to, the_first_event

type Browser = httpx.Client


def signed_in(shop: DeployedShop, email: str) -> Shopper:
    somebody, before = Shopper(shop.url), len(letters_to(shop.cloud, email))
    somebody.browser.post("/sign-in", data={"email": email})
    letters = eventually(lambda: letters_to(shop.cloud, email), lambda it: len(it) > before)
    (link,) = re.findall(r"/sign-in/[\w-]{43}", letters[0].text)[:1]
    somebody.browser.post(link)
    return somebody


def a_day(shop: DeployedShop) -> None:
    merchant = signed_in(shop, MERCHANT).browser
    slug, sku = opening_the_shop(merchant)
    hanging_a_picture(merchant, slug)
    bringing_a_file(merchant, slug)
    order_id = buying(shop, sku)
    looking_back(merchant, order_id, sku)
    what_goes_wrong(shop)


def opening_the_shop(merchant: Browser) -> tuple[str, str]:
    mark = str(ULID())
    sku = f"DAY-{mark[:13]}-{mark[13:]}"
    rows = {f"{name}_{n}": "" for n in range(1, 6) for name in ("sku", "name", "pieces")}
    said = {"title": f"Jar {mark}", "slug": "", "category": "Kitchen", "blurb": "It closes."}
    priced = {"details": "", "price": "48.00", "compare_at": "", "weight_g": "", "listed": "yes"}
    swatches = {f"swatch_{n}": "#a4502a" for n in range(1, 6)}
    form = {**rows, **swatches, **said, **priced, "sku_1": sku, "pieces_1": "50"}
    slug = done(merchant.post("/admin/products", data=form)).headers["location"].rpartition("/")[2]
    page = done(merchant.get(f"/admin/products/{slug}/edit")).text
    changed = {**hidden_fields(page), **said, **priced, "price": "49.00", "title": f"Jug {mark}"}
    done(merchant.post(f"/admin/products/{slug}/edit", data=changed))
    delivery = {"sku": sku, "pieces": "5", "delivery": str(ULID())}
    for _ in ("booked", "pressed twice"):
        done(merchant.post(f"/admin/products/{slug}/receive-stock", data=delivery))
    counted = {"reason": "counted", "pieces": "54", "shown": "60", "adjustment": str(ULID())}
    merchant.post(f"/admin/stock/{sku}/adjustments", data=counted)
    return slug, sku


def hanging_a_picture(merchant: Browser, slug: str) -> None:
    pictures = f"/admin/products/{slug}/images"
    asked = done(merchant.post(pictures, data={"alt": "A jar", "kind": "image/jpeg"}))
    upload(merchant, asked.headers["location"], a_jpeg(900, 600))
    picture = asked.headers["location"].partition("?")[0]
    eventually(lambda: "/media/" in merchant.get(f"/admin/products/{slug}").text)
    done(merchant.post(f"{picture}/position", data={"place": "1"}))
    done(merchant.post(f"{picture}/delete"))


def bringing_a_file(merchant: Browser, slug: str) -> None:
    asked = done(merchant.post("/admin/imports")).headers["location"]
    new = f"tin-{ULID()},TIN-{ULID()},Tin,Kitchen,It shuts.,12.00".lower()
    upload(merchant, asked, f"slug,sku,title,category,blurb,price\n{new}\n".encode())
    eventually(lambda: "added" in merchant.get(f"{asked}/report").text.lower())
    done(merchant.get("/admin/imports"))


def upload(merchant: Browser, path: str, content: bytes) -> None:
    page = done(merchant.get(path)).text
    (address,) = re.findall(r'<form[^>]*action="(http[^"]+)"', page)
    fields = hidden_fields(page[page.index(address) :].partition("</form>")[0])
    done(httpx.post(address, data=fields, files={"file": ("file", content)}))


def buying(shop: DeployedShop, sku: str) -> str:
    email = f"{ULID()}@potter.example".lower()
    customer = signed_in(shop, email)
    customer.put_in_cart(sku)
    order_id = customer.pay({**customer.fill_in("pm_succeeds"), "email": email})
    for path in (f"/orders/{order_id}", "/orders", "/cart", "/account"):
        done(customer.browser.get(path))
    customer.cancel(order_id)
    done(customer.browser.post(f"/orders/{order_id}/reorder"))
    customer.browser.post("/account/sessions/sign-out-others")
    done(customer.browser.post("/sign-out"))
    return order_id


def looking_back(merchant: Browser, order_id: str, sku: str) -> None:
    page = done(merchant.get(f"/admin/orders/{order_id}")).text
    (number,) = re.findall(r"HC-\d{4}-\w{5}", page)[:1]
    for path in ("/admin", f"/admin?find={number}", "/admin/audit-log", "/admin/sales"):
        done(merchant.get(path))
    done(merchant.get(f"/admin/stock/{sku}"))
    note = {"note": "Rang back.", "note_id": str(ULID())}
    done(merchant.post(f"/admin/orders/{order_id}/notes", data=note))


def what_goes_wrong(shop: DeployedShop) -> None:
    """A parcel that nobody takes, a large order, and a store that is busy for a moment."""
    refused = ordered(a_product(), street=UNREACHABLE)
    event, run = the_first_event(ordered(a_product())), an_ended_run(refused)
    asks = OrderCancelRequested(  # a new order is started without a look into the store
        event_id=str(ULID()), order_id=event.order_id, occurred_at=event.occurred_at
    )
    with a_busy_store(shop):
        for worker in ("email", "analytics", "inventory"):
            invoked(shop, worker, a_batch(event))
        invoked(shop, "fulfillment", a_batch(asks))
        invoked(shop, "reconcile", run)
    becomes(refused, "cancelled")


def an_ended_run(order: Order) -> dict[str, Any]:
    batch = a_batch(the_first_event(order))
    told = f'{{"detail": {{"name": "{order.order_id}", "status": "FAILED"}}}}'
    return {"Records": [{**batch["Records"][0], "body": told}]}


@contextmanager
def a_busy_store(shop: DeployedShop) -> Iterator[None]:
    switches = Switches(shop.cloud.home.faults)
    switches.turn("busy-store", 1)
    try:
        yield
    finally:
        switches.turn("busy-store", 0)


def done(answer: httpx.Response) -> httpx.Response:
    asked = f"{answer.request.method} {answer.request.url} answered {answer.status_code}"
    assert answer.status_code in (200, 201, 204, 303), f"{asked}: {answer.text[:300]}"
    return answer
