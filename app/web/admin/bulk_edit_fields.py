"""The fields of the bulk edit form: an action, and the amount that some actions need."""

import re
from functools import partial

from app.catalog.bulk_edit import BulkAction, BulkChange
from app.catalog.product_fields import read_price
from app.form_fields import SELECT, InvalidValue, Reader, Submitted, read_fields, read_number
from app.number_notation import plain_number

ACTIONS: tuple[BulkAction, ...] = (
    "publish",
    "unpublish",
    "set_price",
    "change_percent",
    "change_amount",
    "start_sale",
    "end_sale",
)
LABELS = {
    "action": "an action",
    "price": "a price",
    "percent": "a discount (%)",
    "change_percent": "a change",
    "change_amount": "an amount",
}
MIN_HUNDREDTHS, MAX_HUNDREDTHS = -9_000, 90_000
CHANGE = re.compile(r"(?P<sign>[+-]?) ?(?P<whole>[0-9]{1,3})(?:[.,](?P<decimals>[0-9]{1,2}))? ?%?")
ENTER_CHANGE = "Enter %(field)s in per cent from -90 to 900, like 10 or -12.5."


def read_change(submitted: Submitted) -> BulkChange:
    """Raises ``ValidationFailed``, with the field."""
    action: BulkAction = read_fields({"action": _read_action}, submitted, LABELS)["action"]
    amounts = read_fields(AMOUNT_READERS.get(action, {}), submitted, LABELS)
    return BulkChange(action, next(iter(amounts.values()), 0))


def _read_action(text: str) -> BulkAction:
    for action in ACTIONS:
        if action == text:
            return action
    raise InvalidValue(SELECT)


def _read_hundredths(text: str) -> int:
    """Hundredths of a per cent: 1250 for "12.5" or "12,5 %"."""
    if not (change := CHANGE.fullmatch(plain_number(text))):
        raise InvalidValue(ENTER_CHANGE)
    size = int(change["whole"] + (change["decimals"] or "").ljust(2, "0"))
    hundredths = -size if change["sign"] == "-" else size
    if not hundredths or not MIN_HUNDREDTHS <= hundredths <= MAX_HUNDREDTHS:
        raise InvalidValue(ENTER_CHANGE)
    return hundredths


def _read_amount(text: str) -> int:
    """Cents, negative for a reduction."""
    plain = plain_number(text)
    cents = read_price(plain.removeprefix("-"))
    return -cents if plain.startswith("-") else cents


AMOUNT_READERS: dict[BulkAction, dict[str, Reader]] = {
    "set_price": {"price": read_price},
    "change_percent": {"change_percent": _read_hundredths},
    "change_amount": {"change_amount": _read_amount},
    "start_sale": {"percent": partial(read_number, minimum=1, maximum=90)},
}
