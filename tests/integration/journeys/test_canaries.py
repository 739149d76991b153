"""Data that cannot be mistaken goes the whole way; then nothing that was written has it."""

import json
import re
import secrets
from dataclasses import dataclass, field
from itertools import chain

from ulid import ULID

from app.catalog.models import Product
from app.orders.models import Order
from app.orders.transitions import find_order
from infra.local.form_client import Shopper
from tests.builders import a_product, sku_of
from tests.fake_clouds import MERCHANT, DeployedShop
from tests.integration.journeys import stored_data
from tests.integration.journeys.order_polling import becomes, eventually
from tests.unit.workers.queue_readers import letters_to

CARD = "4242424242424242"
ADDRESS = {"country": "DE", "postal_code": "56203", "city": "Canaria"}


@dataclass
class Canaries:
    """What somebody is known by, and what opens their doors."""

    email: str
    name: str
    street: str
    browser: str
    note: str
    keys: dict[str, str] = field(default_factory=dict)

    @classmethod
    def hatched(cls) -> "Canaries":
        mark = f"canary{ULID()}".lower()
        return cls(
            email=f"{mark}@potter.example",
            name=f"Ada {mark}",
            street=f"{mark}-street 1",
            browser=f"Browser/{mark}",
            note=f"Rang {mark}",
        )

    @property
    def everything(self) -> dict[str, str]:
        about = {"email": self.email, "name": self.name, "street": self.street}
        return {**about, "browser": self.browser, "note": self.note, "card": CARD, **self.keys}


def signed_in(shop: DeployedShop, it: Canaries, email: str) -> Shopper:
    somebody = Shopper(shop.url)
    somebody.browser.headers["User-Agent"] = it.browser
    sent = len(letters_to(shop.cloud, email))
    somebody.browser.post("/sign-in", data={"email": email})
    letters = eventually(lambda: letters_to(shop.cloud, email), lambda found: len(found) > sent)
    link = re.findall(r"/sign-in/([\w-]{43})", letters[0].text)[0]
    somebody.browser.post(f"/sign-in/{link}")
    it.keys |= {f"link of {email}": link, f"cookie of {email}": somebody.browser.cookies["visitor"]}
    return somebody


def bought_on_pages(shop: DeployedShop, it: Canaries, product: Product, method: str) -> Order:
    shopper = signed_in(shop, it, it.email)
    page = f"/products/{product.slug}"  # a warm function knows the shelf of half a minute ago
    eventually(lambda: shopper.browser.get(page).status_code == 200)
    shopper.put_in_cart(sku_of(product))
    form = {**shopper.fill_in(method), **ADDRESS, "email": it.email}
    form |= {"name": it.name, "street": it.street}
    refused = shopper.browser.post("/checkout", data=form | {"name": f"{it.name} {CARD}"})
    assert refused.status_code == 422
    return find_order(shopper.pay(form))


def bought_by_program(shop: DeployedShop, it: Canaries, product: Product) -> Order:
    key = secrets.token_urlsafe(24)
    body = {
        "lines": [{"sku": sku_of(product), "quantity": 1}],
        "email": it.email,
        "address": {**ADDRESS, "name": it.name, "street": it.street},
        "payment_method": "pm_declined",
    }
    program = Shopper(shop.url).browser
    placed = program.post("/api/orders", json=body, headers={"Idempotency-Key": key}).json()
    it.keys |= {"idempotency key": key, "order token": placed["order_token"]}
    bearer = {"Authorization": f"Bearer {placed['order_token']}"}
    program.get(f"/api/orders/{placed['order_id']}", headers=bearer)
    return find_order(placed["order_id"])


def opened_by_letter(shop: DeployedShop, it: Canaries) -> None:
    """A guest's way in: the key of the first letter that has one."""
    keys = (re.findall(r"key=([\w.-]+)", one.text) for one in letters_to(shop.cloud, it.email))
    it.keys["order key"] = key = next(chain.from_iterable(keys))
    for path in ("0" * 26, "nonsense"):
        Shopper(shop.url).browser.get(f"/orders/{path}", params={"key": key})


def test_nothing_that_was_written_names_a_person_or_opens_a_door(shop: DeployedShop) -> None:
    it, product = Canaries.hatched(), a_product()
    with stored_data.overheard(shop) as messages:
        paid = bought_on_pages(shop, it, product, "pm_succeeds")
        declined = bought_by_program(shop, it, product)
        noted_at_the_desk(shop, it, paid)
        for order, ending in ((paid, "shipped"), (declined, "declined")):
            becomes(order, ending)
        eventually(lambda: len(letters_to(shop.cloud, it.email)) >= 4)
        opened_by_letter(shop, it)

    told = [*everywhere(shop, paid, declined), ("topic", json.dumps(messages))]
    doors = [*stored_data.tables(shop, stored_data.ABOUT_PEOPLE)]

    assert len(messages) >= 5
    assert len(told) > 50
    assert found(it.everything, told) == []
    assert found(it.keys, doors) == []
    assert found({"email": it.email}, doors)  # so the search finds what is there


def noted_at_the_desk(shop: DeployedShop, it: Canaries, order: Order) -> None:
    merchant = signed_in(shop, it, MERCHANT).browser
    merchant.get("/admin", params={"find": it.email})
    note = {"note": it.note, "note_id": str(ULID())}
    assert merchant.post(f"/admin/orders/{order.order_id}/notes", data=note).status_code == 303


def everywhere(shop: DeployedShop, *orders: Order) -> list[tuple[str, str]]:
    return [
        *stored_data.logs(shop),
        *stored_data.queues(shop),
        *stored_data.tables(shop, stored_data.FIGURES),
        *stored_data.runs(shop, *orders),
        *stored_data.metrics(shop),
        *stored_data.emulator_log(shop),
    ]


def found(canaries: dict[str, str], told: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which canary is where; in JSON it may be written with escapes, and in addresses too."""
    return [
        (what, where)
        for what, canary in canaries.items()
        for where, text in told
        if canary in text or json.dumps(canary)[1:-1] in text
    ]


def test_a_canary_is_found_wherever_it_sits(shop: DeployedShop) -> None:
    canary = f"canary{ULID()}"
    logs, sqs = shop.cloud.client("logs"), shop.cloud.client("sqs")
    group = "/aws/lambda/hearth-and-clay-web"
    logs.create_log_stream(logGroupName=group, logStreamName=canary)
    line = {"timestamp": 1_900_000_000_000, "message": f"to {canary}"}
    logs.put_log_events(logGroupName=group, logStreamName=canary, logEvents=[line])
    url = sqs.create_queue(QueueName=canary)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=f"for {canary}")

    places = [where for _, where in found({"canary": canary}, everywhere(shop))]

    sqs.delete_queue(QueueUrl=url)
    assert group in places
    assert any(canary in it for it in places)
