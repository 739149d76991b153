"""The form for a new product: its fields, one to five variants, and what is wrong with them."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from app.catalog.models import Product, Variant
from app.catalog.stocking import Taken, check_slug, slug_of
from app.web.desk.description_form import DescriptionForm, or_none
from app.web.forms import Form, Line, Typed, WholeNumber, WrongInput, read_form

ROWS = range(1, 6)
ROW_FIELDS = ("sku", "name", "coloured", "swatch", "pieces")
ONLY_ONE = "Default"  # the name of a variant that is the only one; shoppers never read it
SKU = re.compile(r"(?=.{1,40}$)[A-Z0-9]+(?:-[A-Z0-9]+)*")
COLOUR = re.compile(r"#[0-9a-f]{6}")
TAKEN = "Another product has this one already."


def _sku(typed: str) -> str:
    if not SKU.fullmatch(typed.strip().upper()):
        raise ValueError("Like TARN-TEAL: letters, digits and single hyphens.")
    return typed.strip().upper()


def _colour(typed: str) -> str:
    if not COLOUR.fullmatch(typed.lower()):
        raise ValueError("Please choose a colour, or none.")
    return typed.lower()


def _nought(typed: str) -> str:
    return typed.strip() or "0"


class ProductForm(DescriptionForm):
    slug: Annotated[str, BeforeValidator(str.strip)] = ""

    @field_validator("slug")
    @classmethod
    def _address(cls, slug: str, others: ValidationInfo) -> str:
        """Made from the title when it was left empty; a title that is wrong is told first."""
        if slug or "title" not in others.data:
            return check_slug(slug) if slug else slug
        if not (made := slug_of(others.data["title"])):
            raise ValueError("No address can be made from this title: please write one.")
        return check_slug(made)


class VariantForm(Form):
    sku: Annotated[str, BeforeValidator(_sku)]
    name: Line
    swatch: Annotated[str | None, BeforeValidator(or_none(_colour))] = None
    pieces: Annotated[WholeNumber, Field(le=100_000), BeforeValidator(_nought)] = 0

    @model_validator(mode="before")
    @classmethod
    def _colour_only_if_ticked(cls, typed: dict[str, Any]) -> dict[str, Any]:
        """A colour input always has a colour; the box beside it says whether it is meant."""
        return typed if typed.get("coloured") else {**typed, "swatch": ""}


@dataclass(frozen=True)
class NewProduct:
    """What the form describes: a product, and how many pieces of each sku there are."""

    product: Product
    pieces: dict[str, int]


def read_product(typed: Typed) -> NewProduct:
    """Raises ``WrongInput`` with everything that is wrong, in all rows, at once."""
    variants, errors = _read_variants(typed)
    try:
        form = read_form(ProductForm, typed)
    except WrongInput as wrong:
        raise WrongInput({**wrong.errors, **errors}, wrong.typed) from wrong
    if errors:
        raise WrongInput(errors, typed)
    return NewProduct(_product(form, variants), {v.sku: v.pieces for v in variants})


def _read_variants(typed: Typed) -> tuple[list[VariantForm], dict[str, str]]:
    variants: dict[str, VariantForm] = {}
    errors: dict[str, str] = {}
    for row in rows_used(typed):
        try:
            variant = read_form(VariantForm, _row(typed, row))
        except WrongInput as wrong:
            errors.update({f"{field}_{row}": said for field, said in wrong.errors.items()})
            continue
        if variant.sku in variants:
            errors[f"sku_{row}"] = "This sku stands in an earlier row."
        variants[variant.sku] = variant
    return list(variants.values()), errors


def rows_used(typed: Typed) -> list[int]:
    """The first row always counts; the others once something was typed into them."""
    return [n for n in ROWS if n == 1 or any(typed.get(f"{f}_{n}") for f in ("sku", "name"))]


def taken_fields(taken: Taken, typed: Typed) -> dict[str, str]:
    """Beside which fields to say that another product has this already."""
    rows = [n for n in ROWS if typed.get(f"sku_{n}", "").strip().upper() in taken.skus]
    return {**({"slug": TAKEN} if taken.slug else {}), **{f"sku_{n}": TAKEN for n in rows}}


def _row(typed: Typed, row: int) -> Typed:
    values = {field: typed.get(f"{field}_{row}", "") for field in ROW_FIELDS}
    only_one = rows_used(typed) == [1] and not values["name"].strip()
    return {**values, "name": ONLY_ONE} if only_one else values


def _product(form: ProductForm, variants: list[VariantForm]) -> Product:
    return Product(
        slug=form.slug,
        variants=tuple(Variant(v.sku, v.name, v.swatch) for v in variants),
        **vars(form.as_description()),
    )
