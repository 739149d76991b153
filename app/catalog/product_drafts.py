"""A new product, read from what somebody typed: its description, its address, its variants."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.card_numbers import no_card
from app.catalog.models import Product, Variant
from app.catalog.product_fields import read_description
from app.catalog.publishing import check_slug, slug_of
from app.errors import WrongFields
from app.form_fields import Reader, Typed, line, number, or_none, try_fields

MOST_VARIANTS = 5
ONLY_ONE = "Default"  # the name of a variant that is the only one; shoppers never read it
SKU = re.compile(r"(?=.{1,40}$)[A-Z0-9]+(?:-[A-Z0-9]+)*")
COLOUR = re.compile(r"#[0-9a-f]{6}")


def _sku(typed: str) -> str:
    if not SKU.fullmatch(typed.strip().upper()):
        raise ValueError("Like TARN-TEAL: letters, digits and single hyphens.")
    return typed.strip().upper()


def _colour(typed: str) -> str:
    if not COLOUR.fullmatch(typed.lower()):
        raise ValueError("A colour like #2f5a52, or none.")
    return typed.lower()


def _pieces(typed: str) -> int:
    return number(typed.strip() or "0", most=100_000)


VARIANT: Mapping[str, Reader] = {
    "sku": _sku,
    "name": line,
    "swatch": or_none(_colour),
    "pieces": _pieces,
}


@dataclass(frozen=True)
class NewProduct:
    """A product that nobody has saved yet, and how many pieces of each sku there are."""

    product: Product
    pieces: dict[str, int]


def read_product(typed: Typed, rows: Mapping[int, Typed]) -> NewProduct:
    """``rows`` are its variants by their number; what is wrong with one is named ``sku_2``.

    Raises ``WrongFields`` with everything that is wrong, in all rows, at once.
    """
    wrong = _wrong_variants(rows) | _wrong_address(typed)
    try:
        said = read_description(typed)
    except WrongFields as refused:
        raise WrongFields({**refused.errors, **wrong}) from refused
    if wrong:
        raise WrongFields(wrong)
    variants = [_variant(rows, row)[0] for row in rows]
    product = Product(
        slug=_address(typed),
        variants=tuple(Variant(v["sku"], v["name"], v["swatch"]) for v in variants),
        **vars(said),
    )
    return NewProduct(product, {v["sku"]: v["pieces"] for v in variants})


def _wrong_variants(rows: Mapping[int, Typed]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    seen: set[str] = set()
    for place, row in enumerate(rows, 1):
        read, errors = _variant(rows, row)
        if place > MOST_VARIANTS:
            errors["sku"] = f"A piece has at most {MOST_VARIANTS} variants."
        if read.get("sku") in seen:
            errors["sku"] = "This sku stands in an earlier row."
        seen |= {read["sku"]} if "sku" in read else set()
        wrong |= {f"{field}_{row}": said for field, said in errors.items()}
    return wrong


def _variant(rows: Mapping[int, Typed], row: int) -> tuple[dict[str, Any], dict[str, str]]:
    typed = rows[row]
    if len(rows) == 1 and not typed.get("name", "").strip():
        typed = {**typed, "name": ONLY_ONE}
    return try_fields(VARIANT, typed)


def _wrong_address(typed: Typed) -> dict[str, str]:
    try:
        _address(typed)
    except ValueError as error:
        return {"slug": str(error)}
    return {}


def _address(typed: Typed) -> str:
    """Made from the title when none was typed; a title that is wrong itself is told as such."""
    slug = no_card(typed.get("slug", "").strip())
    try:
        title = line(typed.get("title", ""))
    except ValueError:
        return check_slug(slug) if slug else ""
    if not (wanted := slug or slug_of(title)):
        raise ValueError("No address can be made from this title: please write one.")
    return check_slug(wanted)
