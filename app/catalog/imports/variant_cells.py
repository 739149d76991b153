"""The variant's cells of our own export, made from the values of another program's row.

A value that cannot be read stays as it is, so that the field's reader refuses it with its reason.
"""

from decimal import Decimal

from app.catalog.imports.source_rows import SourceRow
from app.money import read_money
from app.number_notation import decimal_reading

GRAMS = {"weight_g": "1", "weight_kg": "1000", "weight_lb": "453.59237", "weight_oz": "28.349523"}
NO_OPTION = "default title"  # Shopify's name of the only variant


def variant_cells(row: SourceRow, *, include_stock: bool) -> dict[str, str]:
    """The fields of the variant. A sale price is the price, and the price is compared with it."""
    price, compare_at = row.get("price"), row.get("compare_at")
    if sale_price := row.get("sale_price"):
        price, compare_at = sale_price, price
    cells = {
        "variant": "" if row.kind == "simple" else _option(row),
        "colour": row.get("colour"),
        "price": price,
        "compare_at": compare_at if _is_higher(compare_at, price) else "",
        "weight_g": _grams(row),
        "barcode": row.get("barcode"),
        "available": _stock(row.get("stock")) if include_stock else "",
    }
    return {name: cell for name, cell in cells.items() if cell}


def _option(row: SourceRow) -> str:
    return " / ".join(it for it in row.values.get("variant", ()) if it.lower() != NO_OPTION)


def _is_higher(compare_at: str, price: str) -> bool:
    """Other shops take a compare-at price that is not higher, and show none."""
    try:
        return bool(compare_at) and read_money(compare_at) > read_money(price)
    except ValueError:
        return True


def _grams(row: SourceRow) -> str:
    """In grams; a weight of zero means that none was entered."""
    for name, grams in GRAMS.items():
        if text := row.get(name):
            weight = decimal_reading(text)
            if weight is None:
                return text
            rounded = round(weight * Decimal(grams))
            return str(max(rounded, 1)) if weight else ""
    return ""


def _stock(text: str) -> str:
    """Other shops count below zero what they have sold without having it."""
    return "0" if text.startswith("-") else text
