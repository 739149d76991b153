"""The inventory of personal data is complete, and everything personal in it has an end."""

import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ulid import ULID

import app
from app.cart.cart import CartLine
from app.cart.draft import CheckoutDraft, DeclinedPayment
from app.orders.address_book import SavedAddress
from app.orders.events import EVENT_CLASSES, EventLine, ReturnedLine
from app.orders.models import Address, Order, OrderIssue, OrderLine
from app.orders.notes import add_note
from app.orders.return_rows import Return, ReturnLine
from app.orders.review import decide_review, request_review
from app.orders.transitions import find_order
from app.payments.gateway import ProviderRefund
from app.persistence.dynamodb import OrderPart, StructAttribute, Table
from app.privacy.export import export_customer
from app.privacy.order_erasure import erase_after_legal_term, erase_for_customer
from app.returns.requests import refuse_return
from app.returns.transitions import find_return
from app.web.storefront.information import REPORT_DAYS
from infra.build.bundles import ROOT
from tests.builders import NOON, SHIPPED, a_large_order, a_return, an_order_in_status
from tests.security.test_template import TEMPLATE, of_type
from workers.email_events import _Mail

INVENTORY = tomllib.loads(Path(__file__).with_name("personal_data.toml").read_text())
KEYS = set(INVENTORY["keys"]["names"])
STRUCTS = (
    *(Address, OrderLine, OrderIssue, CartLine),
    *(CheckoutDraft, DeclinedPayment, SavedAddress, ReturnLine, ProviderRefund),
)
DECISIONS = (ROOT / "infra/DECISIONS.md").read_text()
SECTION = DECISIONS.partition("### Personal data and when it ends")[2].partition("\n### ")[0]
ENTRY_POINTS = {"app.lambda_adapter", "app.lambda_handler", "app.admin_lambda_handler"}
BASE_MODELS = {"OrderPart", "VisitorPart", "CatalogItem", "ProviderRecord"}
HASHES = {"owner", "request_hash"}  # of an order: nothing can be read from them


def import_all_modules() -> None:
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name not in ENTRY_POINTS:
            importlib.import_module(module.name)


def subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


import_all_modules()
MODELS: dict[str, type[Any]] = {
    model.__name__: model
    for model in subclasses(Table)
    if model.__name__ not in BASE_MODELS and model.__module__.startswith("app.")
}


def classified(name: str) -> tuple[set[str], set[str]]:
    entry = INVENTORY.get(name, {})
    return set(entry.get("personal", ())), set(entry.get("other", ()))


@pytest.mark.parametrize("name", MODELS)
def test_each_attribute_of_a_model_is_listed_as_personal_or_not(name: str) -> None:
    personal, other = classified(name)
    attributes = set(MODELS[name].get_attributes())

    assert attributes - KEYS - personal - other == set(), "list it in personal_data.toml"
    assert (personal | other) - attributes == set(), "no such attribute"
    assert personal & other == set()


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda it: it.__name__)
def test_each_field_of_a_stored_struct_is_listed(struct: type[Any]) -> None:
    personal, other = classified(struct.__name__)

    assert personal | other == set(struct.__struct_fields__)
    assert personal & other == set()


def test_all_stored_structs_are_checked() -> None:
    of_the_catalog = {"Variant", "Translation", "ProductResult"}
    of_the_catalog |= {"SourceColumn", "ColumnMapping", "Preview", "BulkChange"}  # of an import
    stored = {
        field.__name__
        for model in MODELS.values()
        for attribute in model.get_attributes().values()
        if isinstance(attribute, StructAttribute)
        for field in [attribute.value_type, *getattr(attribute.value_type, "__args__", ())]
        if isinstance(field, type) and issubclass(field, msgspec.Struct)
    }

    assert stored - of_the_catalog <= {it.__name__ for it in STRUCTS}


def test_inventory_names_only_what_exists() -> None:
    known = {*MODELS, *(it.__name__ for it in STRUCTS), "keys", "events", "reports"}

    assert set(INVENTORY) - known == set()


def test_order_events_have_no_personal_field() -> None:
    structs = (*EVENT_CLASSES, EventLine, ReturnedLine)
    fields = {name for it in structs for name in it.__struct_fields__}

    assert fields == classified("events")[1]


@pytest.mark.parametrize("name", [it for it in INVENTORY if INVENTORY[it].get("personal")])
def test_personal_data_has_an_end_and_a_row_in_the_table_of_the_decision(name: str) -> None:
    end = INVENTORY[name]["end"]

    if end == "expires":
        assert "expires_at" in MODELS[name].get_attributes()
    if end == "erased" and name in MODELS:
        assert issubclass(MODELS[name], OrderPart)
    if end.startswith("with "):
        end = INVENTORY[end.removeprefix("with ")]["end"]
    assert end in ("erased", "expires", "books", "retention")
    assert any(it in SECTION for it in (f"`{name}`", f"`{name}.", f"`[{name}]`"))


def test_report_of_ses_ends_with_its_queues_as_the_privacy_page_says() -> None:
    """A redrive or the worker puts it into the dead-letter queue as a new message."""
    queues = (TEMPLATE["Resources"][it] for it in ("EmailQueue", "EmailDeadLetterQueue"))
    seconds = [it["Properties"]["MessageRetentionPeriod"] for it in queues]

    assert timedelta(seconds=sum(seconds)).days == REPORT_DAYS
    read = {*_Mail.__struct_fields__, "bounceType"}
    assert read == {*INVENTORY["reports"]["personal"], *INVENTORY["reports"]["other"]}


@pytest.mark.parametrize("table", ["CustomersTable", "AuditLogTable"])
def test_rows_that_expire_are_deleted_by_the_template(table: str) -> None:
    ttl = TEMPLATE["Resources"][table]["Properties"]["TimeToLiveSpecification"]

    assert ttl == {"AttributeName": "expires_at", "Enabled": True}


def test_each_log_group_has_a_retention() -> None:
    groups = of_type("AWS::Logs::LogGroup")

    assert groups
    assert all("RetentionInDays" in it for it in groups.values())


def an_order_with_everything(email: str) -> Order:
    """Every personal attribute of a closed order has a value."""
    order = a_large_order(email=email, owner="visitor-7", email_verified=True)
    request_review(order.order_id, "a task token", now=NOON)
    add_note(order.order_id, str(ULID()), "A note.", by="anna@hearth.example", now=NOON)
    decide_review(order.order_id, "rejected", "anna@hearth.example", "A comment.", now=NOON)
    texts = {name: f"{name} of Ada" for name in classified("Address")[0]}
    address = Address(**texts, country="DE")
    order = find_order(order.order_id)
    order.update(
        actions=[
            Order.address.set(address),
            Order.billing_address.set(address),
            Order.delivery_note.set("The note of Ada"),
        ]
    )
    return order


@pytest.mark.usefixtures("tables")
def test_nothing_personal_is_left_in_an_order_after_the_legal_term() -> None:
    order = an_order_with_everything(f"ada-{ULID()}@potter.example".lower())
    values = {name: getattr(order, name) for name in classified("Order")[0]}
    assert all(values.values()), "the test sets every personal attribute"

    erase_after_legal_term(order.order_id)

    erased = find_order(order.order_id)
    blank = Address("", "", "", "", "", "DE")
    left = {name: getattr(erased, name) for name in values}
    assert {name: it for name, it in left.items() if it} == {"address": blank}
    rows = " ".join(str(row.serialize()) for row in OrderPart.query(order.order_id))
    for word in ("Ada", "ada-", "anna@", "visitor-7", "A note", "A comment", "a task token"):
        assert word not in rows


@pytest.mark.usefixtures("tables")
def test_invoice_keeps_of_its_addresses_all_but_the_phone_number() -> None:
    order = an_order_in_status("shipped")
    address = Address(**{name: name for name in classified("Address")[0]}, country="DE")
    order.update(actions=[Order.address.set(address), Order.billing_address.set(address)])

    erase_for_customer(order.order_id)

    erased = find_order(order.order_id)
    invoiced = msgspec.structs.replace(address, phone="")
    assert (erased.address, erased.billing_address) == (invoiced, invoiced)


@pytest.mark.usefixtures("tables")
def test_export_has_every_personal_attribute_of_an_order() -> None:
    order = an_order_with_everything(f"ada-{ULID()}@potter.example".lower())

    (exported,) = export_customer(order.email, now=NOON)["orders"]

    assert classified("Order")[0] - HASHES <= set(exported)
    assert exported["address"] == msgspec.to_builtins(order.address)
    assert exported["delivery_note"] == "The note of Ada"
    assert exported["review_comment"] == "A comment."


def a_refused_return() -> Return:
    """Every personal attribute of an ended return has a value."""
    email = f"ada-{ULID()}@potter.example".lower()
    order = an_order_in_status("shipped", email=email)
    a_return(order, note="My note.")
    refuse_return(order.order_id, 1, "Our words.", by="anna@hearth.example", now=SHIPPED)
    row = find_return(order.order_id, 1)
    row.update(actions=[Return.received_by.set("anna@hearth.example")])
    return row


@pytest.mark.usefixtures("tables")
def test_nothing_personal_is_left_of_a_return_after_its_order_is_erased() -> None:
    row = a_refused_return()
    personal = classified("Return")[0]
    assert all(getattr(row, name) for name in personal), "the test sets every personal attribute"

    erase_for_customer(row.order_id)

    erased = find_return(row.order_id, 1)
    assert {name for name in personal if getattr(erased, name)} == set()
    assert erased.lines == row.lines


@pytest.mark.usefixtures("tables")
def test_order_with_an_open_return_is_not_erased() -> None:
    order = an_order_in_status("shipped")
    a_return(order, note="My note.")

    assert not erase_for_customer(order.order_id)
    assert find_return(order.order_id, 1).note == "My note."


@pytest.mark.usefixtures("tables")
def test_export_has_the_returns_with_the_words_of_both_sides() -> None:
    row = a_refused_return()

    (exported,) = export_customer(find_order(row.order_id).email, now=NOON)["orders"]

    (returned,) = exported["returns"]
    assert (returned["note"], returned["refusal"]) == ("My note.", "Our words.")
    assert returned["lines"] == [{"sku": row.lines[0].sku, "quantity": 1}]
