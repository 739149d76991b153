"""Unique personal data goes through a whole purchase, and must appear only in its own tables."""

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
from tests.integration.journeys.order_polling import eventually, wait_for_status
from tests.unit.workers.queue_readers import emails_to

CARD = "4242424242424242"
ADDRESS = {"country": "DE", "postal_code": "56203", "city": "Canaria"}


@dataclass
class PersonalData:
    """Unique values of one customer; ``secrets`` are tokens that give access."""

    email: str
    name: str
    street: str
    browser: str
    note: str
    secrets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def generate(cls) -> "PersonalData":
        mark = f"canary{ULID()}".lower()
        return cls(
            email=f"{mark}@potter.example",
            name=f"Ada {mark}",
            street=f"{mark}-street 1",
            browser=f"Browser/{mark}",
            note=f"Rang {mark}",
        )

    @property
    def all_values(self) -> dict[str, str]:
        about = {"email": self.email, "name": self.name, "street": self.street}
        return {**about, "browser": self.browser, "note": self.note, "card": CARD, **self.secrets}


def sign_in(shop: DeployedShop, data: PersonalData, email: str) -> Shopper:
    shopper = Shopper(shop.url)
    shopper.browser.headers["User-Agent"] = data.browser
    sent = len(emails_to(shop.cloud, email))
    shopper.browser.post("/sign-in", data={"email": email})
    emails = eventually(lambda: emails_to(shop.cloud, email), lambda found: len(found) > sent)
    link = re.findall(r"/sign-in/([\w-]{43})", emails[0].text)[0]
    shopper.browser.post(f"/sign-in/{link}")
    data.secrets |= {
        f"link of {email}": link,
        f"cookie of {email}": shopper.browser.cookies["visitor"],
    }
    return shopper


def order_on_pages(shop: DeployedShop, data: PersonalData, product: Product, method: str) -> Order:
    shopper = sign_in(shop, data, data.email)
    page = f"/products/{product.slug}"  # a warm function caches the catalog for 30 s
    eventually(lambda: shopper.browser.get(page).status_code == 200)
    shopper.add_to_cart(sku_of(product))
    form = {**shopper.fill_in_checkout(method), **ADDRESS, "email": data.email}
    form |= {"name": data.name, "street": data.street}
    refused = shopper.browser.post("/checkout", data=form | {"name": f"{data.name} {CARD}"})
    assert refused.status_code == 422
    return find_order(shopper.pay(form))


def order_by_api(shop: DeployedShop, data: PersonalData, product: Product) -> Order:
    key = secrets.token_urlsafe(24)
    body = {
        "lines": [{"sku": sku_of(product), "quantity": 1}],
        "email": data.email,
        "address": {**ADDRESS, "name": data.name, "street": data.street},
        "payment_method": "pm_declined",
    }
    program = Shopper(shop.url).browser
    placed = program.post("/api/orders", json=body, headers={"Idempotency-Key": key}).json()
    data.secrets |= {"idempotency key": key, "order token": placed["order_token"]}
    bearer = {"Authorization": f"Bearer {placed['order_token']}"}
    program.get(f"/api/orders/{placed['order_id']}", headers=bearer)
    return find_order(placed["order_id"])


def open_by_email(shop: DeployedShop, data: PersonalData) -> None:
    """Open the order by the signed link of an email, as a guest does."""
    keys = (re.findall(r"key=([\w.-]+)", one.text) for one in emails_to(shop.cloud, data.email))
    data.secrets["order key"] = key = next(chain.from_iterable(keys))
    for path in ("0" * 26, "nonsense"):
        Shopper(shop.url).browser.get(f"/orders/{path}", params={"key": key})


def test_personal_data_and_tokens_are_stored_only_where_intended(shop: DeployedShop) -> None:
    data, product = PersonalData.generate(), a_product()
    with stored_data.record_topic(shop) as messages:
        paid = order_on_pages(shop, data, product, "pm_succeeds")
        declined = order_by_api(shop, data, product)
        add_order_note(shop, data, paid)
        for order, status in ((paid, "shipped"), (declined, "declined")):
            wait_for_status(order, status)
        eventually(lambda: len(emails_to(shop.cloud, data.email)) >= 4)
        open_by_email(shop, data)

    stored = [*everything_stored(shop, paid, declined), ("topic", json.dumps(messages))]
    personal = [*stored_data.tables(shop, stored_data.TABLES_WITH_PERSONAL_DATA)]

    assert len(messages) >= 5
    assert len(stored) > 50
    assert find_values(data.all_values, stored) == []
    assert find_values(data.secrets, personal) == []
    assert find_values({"email": data.email}, personal)  # the search does find values


def add_order_note(shop: DeployedShop, data: PersonalData, order: Order) -> None:
    merchant = sign_in(shop, data, MERCHANT).browser
    merchant.get("/admin", params={"find": data.email})
    note = {"note": data.note, "note_id": str(ULID())}
    assert merchant.post(f"/admin/orders/{order.order_id}/notes", data=note).status_code == 303


def everything_stored(shop: DeployedShop, *orders: Order) -> list[tuple[str, str]]:
    return [
        *stored_data.logs(shop),
        *stored_data.queues(shop),
        *stored_data.tables(shop, stored_data.TABLES_WITHOUT_PERSONAL_DATA),
        *stored_data.runs(shop, *orders),
        *stored_data.metrics(shop),
        *stored_data.emulator_log(shop),
    ]


def find_values(values: dict[str, str], stored: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which value appears where, also with JSON escapes."""
    return [
        (what, where)
        for what, value in values.items()
        for where, text in stored
        if value in text or json.dumps(value)[1:-1] in text
    ]


def test_search_finds_a_value_in_logs_and_queues(shop: DeployedShop) -> None:
    canary = f"canary{ULID()}"
    logs, sqs = shop.cloud.client("logs"), shop.cloud.client("sqs")
    group = "/aws/lambda/hearth-and-clay-web"
    logs.create_log_stream(logGroupName=group, logStreamName=canary)
    line = {"timestamp": 1_900_000_000_000, "message": f"to {canary}"}
    logs.put_log_events(logGroupName=group, logStreamName=canary, logEvents=[line])
    url = sqs.create_queue(QueueName=canary)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=f"for {canary}")

    places = [where for _, where in find_values({"canary": canary}, everything_stored(shop))]

    sqs.delete_queue(QueueUrl=url)
    assert group in places
    assert any(canary in it for it in places)
