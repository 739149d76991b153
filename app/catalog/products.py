"""Changing what a product says and costs, unless somebody else has changed it meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite
from ulid import ULID

from app.catalog.models import Product
from app.errors import Conflict
from app.inventory.models import LedgerEntry, Stock
from app.inventory.reservations import change_every_drawer
from app.money import formatted
from app.persistence.audit_log import note_change
from app.persistence.dynamodb import refused_by_condition, writing_together


class ChangedMeanwhile(Conflict):
    """Somebody else has changed the product since it was read; nothing was overwritten."""

    def __init__(self) -> None:
        super().__init__("Somebody else has changed this piece since you opened the form.")


@dataclass(frozen=True)
class Description:
    """All of a product that can be edited; skus and address stay as they are for ever."""

    title: str
    category: str
    blurb: str
    details: tuple[str, ...]
    price: int
    compare_at: int | None
    weight_g: int | None
    tags: tuple[str, ...]
    listed: bool

    @classmethod
    def of(cls, product: Product) -> "Description":
        return cls(**{name: getattr(product, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Edit:
    """A product as somebody wants it to be; ``seen`` is the version that they looked at."""

    product: Product
    wanted: Description
    seen: int

    @property
    def differences(self) -> list[str]:
        """What would change, for the log: an amount with its value before, a text by its name."""
        told = []
        for name, value in vars(self.wanted).items():
            if (before := getattr(self.product, name)) != value:
                told.append(TOLD.get(name, _renamed)(name, before, value))
        return told


def edit_product(
    product: Product, wanted: Description, *, seen: int, by: str, now: datetime
) -> None:
    """Let the product, and the price and shelf of its skus, be as described: all or nothing.

    ``seen`` is the version that the merchant looked at. Raises ``ChangedMeanwhile`` when it is
    not the newest any more, which is also what the second press of the button gets to hear.
    """
    edit = Edit(product, wanted, seen)
    if not edit.differences:
        return
    try:
        with writing_together() as transaction:
            write_edit(transaction, edit, by=by, now=now)
    except TransactWriteError as error:
        if refused_by_condition(error):
            raise ChangedMeanwhile from error
        raise


def write_edit(transaction: TransactWrite, edit: Edit, *, by: str, now: datetime) -> None:
    """Refused by its condition when the product is not as it was seen any more."""
    product, wanted = edit.product, edit.wanted
    transaction.update(product, actions=_actions(wanted), condition=as_seen(edit.seen))
    if (product.price, product.listed) != (wanted.price, wanted.listed):
        _reprice(transaction, product, wanted, by=by, now=now)
    what = f"Changed {product.title}: {', '.join(edit.differences)}"
    note_change(transaction, what, where=f"/desk/products/{product.slug}", by=by, now=now)


def _amounts(name: str, before: int | None, after: int | None) -> str:
    return f"{name.replace('_', ' ')} {_amount(before)} to {_amount(after)}"


def _amount(cents: int | None) -> str:
    return "none" if cents is None else formatted(cents)


def _renamed(name: str, _before: object, _after: object) -> str:
    return {"weight_g": "weight", "category": "shelf"}.get(name, name)


def _listing(_name: str, _before: object, after: object) -> str:
    return "put on the shelf" if after else "made a draft"


TOLD: dict[str, Any] = {"price": _amounts, "compare_at": _amounts, "listed": _listing}


def _actions(wanted: Description) -> list[Any]:
    """An attribute that is none is taken away: PynamoDB cannot set it to nothing."""
    actions: list[Any] = [Product.version.add(1)]
    for name, value in vars(wanted).items():
        attribute = getattr(Product, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    return actions


def as_seen(seen: int) -> Any:
    """A product from before there were versions has none, and was never edited."""
    never_edited = Product.entry.exists() & Product.version.does_not_exist()
    return (Product.version == seen) | never_edited if seen == 0 else Product.version == seen


def _reprice(
    transaction: TransactWrite, product: Product, wanted: Description, *, by: str, now: datetime
) -> None:
    """Orders are placed on condition of the sku's price, so both prices change in one moment."""
    skus = [variant.sku for variant in product.variants]
    both = [Stock.price.set(wanted.price), Stock.on_sale.set(wanted.listed)]
    change_every_drawer(transaction, skus, both)
    if product.price != wanted.price:
        for sku in skus:
            entry = LedgerEntry(sku, f"price#{ULID()}", reason="priced", change=0, at=now)
            entry.note = _amounts("price", product.price, wanted.price)
            entry.by = by
            transaction.save(entry)
