"""The fields of a product and its variants, validated from a form or from a CSV row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.card_numbers import reject_card_number
from app.catalog.models import DEFAULT_VARIANT, HOME_SLUG, Product, Variant
from app.errors import ValidationFailed
from app.form_fields import (
    InvalidValue,
    Reader,
    Submitted,
    optional,
    read_facts,
    read_line,
    read_number,
    read_optional_facts,
    try_fields,
)
from app.i18n.currency import format_plain
from app.money import read_money
from app.text_policy import EDGES, MAX_TEXT_LENGTH, ZERO_WIDTH, to_unicode_form

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SLUG_LENGTH = 60
RESERVED_SLUGS = frozenset({HOME_SLUG, "new"})  # the home page's images, and /admin/products/new
MAX_DETAILS, MAX_DETAIL_LENGTH = 12, 120
MAX_DESCRIPTION_LENGTH = 3_000  # characters of the long description
MAX_TAGS = 8
MAX_MATERIALS, MAX_MATERIAL_LENGTH = 6, 40
MAX_VARIANTS = 50  # all of a product are created and repriced in one transaction
MAX_QUANTITY = 100_000
TAG = re.compile(r"[a-z0-9](?:[a-z0-9 -]{0,28}[a-z0-9])?")
SKU = re.compile(r"(?=.{1,40}$)[A-Z0-9]+(?:-[A-Z0-9]+)*")
BLANKS = re.compile("[ \t]+")
COLOUR = re.compile(r"#[0-9a-f]{6}")
YES_OR_NO = {"yes": True, "no": False}
YES_OR_NO_PLEASE = "Select %(field)s: yes or no."
DASHES = re.compile("[\u2010-\u2015\u2043\u2212]")  # word processors make them of hyphens
UNSEEN = "\u00ad" + ZERO_WIDTH  # a soft hyphen, too


@dataclass(frozen=True)
class ProductFields:
    """Every field of a product that can be edited; slug and SKUs never change."""

    title: str
    category: str
    blurb: str
    details: tuple[str, ...]
    long_description: str
    price: int
    compare_at: int | None
    weight_g: int | None
    tags: tuple[str, ...]
    materials: tuple[str, ...]
    published: bool
    variants: tuple[Variant, ...]

    @classmethod
    def from_product(cls, product: Product) -> "ProductFields":
        return cls(**{name: getattr(product, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class NewProduct:
    """A product to create, with the initial stock of each SKU."""

    product: Product
    quantities: dict[str, int]


class InvalidProduct(ValidationFailed):
    """The errors of a new product by field, and those of its variants by row and field.

    ``errors`` holds both, as the form names its inputs: ``sku_2`` is the SKU of the second row.
    """

    def __init__(self, fields: dict[str, str], variants: dict[int, dict[str, str]]) -> None:
        super().__init__(ValidationFailed.for_fields({}).message)
        self.fields, self.variants = fields, variants
        self.errors = fields | {
            f"{field}_{row}": message
            for row, errors in variants.items()
            for field, message in errors.items()
        }


def _read_details(text: str) -> tuple[str, ...]:
    """The lines that are not empty, with single blanks; a no-break space stays one.

    Like a SKU, a fact may look like a card number: some barcodes (GTIN-14) do.
    """
    if not text.strip():
        return ()
    lines = read_facts(text, max_length=MAX_TEXT_LENGTH).split("\n")
    details = tuple(BLANKS.sub(" ", line.strip()) for line in lines if line.strip())
    if len(details) > MAX_DETAILS:
        raise ValueError(f"Enter at most {MAX_DETAILS} lines of details.")
    if any(len(line) > MAX_DETAIL_LENGTH for line in details):
        raise ValueError(f"Enter details as plain lines of at most {MAX_DETAIL_LENGTH} characters.")
    return details


def _read_tags(text: str) -> tuple[str, ...]:
    words = (" ".join(word.lower().split()) for word in reject_card_number(text).split(","))
    tags = tuple(dict.fromkeys(word for word in words if word))
    if len(tags) > MAX_TAGS:
        raise ValueError(f"Enter at most {MAX_TAGS} tags.")
    if not all(TAG.fullmatch(tag) for tag in tags):
        raise ValueError("Enter tags as plain words separated by commas, like: new, for the table.")
    return tags


def _read_materials(text: str) -> tuple[str, ...]:
    """Names that begin with a capital letter: "oak" and "Oak" are one value of the filter."""
    names = [" ".join(name.split()) for name in reject_card_number(text).split(",")]
    materials = tuple(dict.fromkeys(it[0].upper() + it[1:] for it in names if it))
    if len(materials) > MAX_MATERIALS:
        raise ValueError(f"Enter at most {MAX_MATERIALS} materials.")
    for name in materials:
        read_line(name, max_length=MAX_MATERIAL_LENGTH)
    return materials


read_price = partial(read_money, minimum=1)


def _read_yes_or_no(text: str) -> bool:
    if (answer := text.strip(EDGES).lower()) not in YES_OR_NO:
        raise InvalidValue(YES_OR_NO_PLEASE)
    return YES_OR_NO[answer]


def normalize_sku(text: str) -> str:
    """The SKU that a text means, in capitals and ASCII. It may be none: ``_read_sku`` checks it."""
    plain = to_unicode_form("NFKC", DASHES.sub("-", text))
    return "".join(it for it in plain if it not in UNSEEN).strip(EDGES).upper()


def normalize_slug(text: str) -> str:
    return text.strip(EDGES).lower()


def _read_sku(text: str) -> str:
    if not SKU.fullmatch(sku := normalize_sku(text)):
        raise ValueError("Enter a SKU like TARN-TEAL, with A to Z, 0 to 9 and single hyphens.")
    return sku


def _read_colour(text: str) -> str:
    if not COLOUR.fullmatch(text.lower()):
        raise ValueError("Enter a colour like #2f5a52, or leave it empty.")
    return text.lower()


PRODUCT_READERS: Mapping[str, Reader] = {
    "title": read_line,
    "category": read_line,
    "blurb": partial(read_line, max_length=300),
    "details": _read_details,
    "long_description": partial(read_optional_facts, max_length=MAX_DESCRIPTION_LENGTH),
    "price": read_price,
    "compare_at": optional(read_price),
    "weight_g": optional(partial(read_number, minimum=1, maximum=100_000)),
    "tags": _read_tags,
    "materials": _read_materials,
    "published": _read_yes_or_no,
}
VARIANT_READERS: Mapping[str, Reader] = {
    "sku": _read_sku,
    "name": read_line,
    "swatch": optional(_read_colour),
    "quantity": lambda text: read_number(text.strip() or "0", maximum=MAX_QUANTITY),
}
LABELS = {
    "title": "a title",
    "category": "a category",
    "blurb": "a short description",
    "long_description": "a description",
    "price": "a price",
    "compare_at": "a compare-at price",
    "weight_g": "a weight in grams",
    "materials": "materials",
    "published": "whether the product is published",
    "name": "a variant name",
    "first_name": "a name for the existing variant",
    "quantity": "a quantity",
}


def read_product_fields(submitted: Submitted, variants: tuple[Variant, ...] = ()) -> ProductFields:
    """Raise ``ValidationFailed`` with every error at once. The variants stay as they are."""
    values, errors = try_fields(PRODUCT_READERS, submitted, LABELS)
    compare_at = values.get("compare_at")
    if compare_at is not None and compare_at <= values.get("price", 0):
        errors["compare_at"] = "Enter a compare-at price that is higher than the price."
    if errors:
        raise ValidationFailed.for_fields(errors)
    return ProductFields(**values, variants=variants)


def as_form_values(product: Product) -> Submitted:
    """The product as its form and its CSV rows show it; ``read_product_fields`` reads it back."""
    return {
        "title": product.title,
        "category": product.category,
        "blurb": product.blurb,
        "details": "\n".join(product.details),
        "long_description": product.long_description,
        "price": format_plain(product.price),
        "compare_at": format_plain(product.compare_at) if product.compare_at else "",
        "weight_g": str(product.weight_g or ""),
        "tags": ", ".join(product.tags),
        "materials": ", ".join(product.materials),
        "published": "yes" if product.published else "no",
        "version": str(product.version),
    }


def read_new_product(submitted: Submitted, rows: Mapping[int, Submitted]) -> NewProduct:
    """Read a product and its variants; ``rows`` are the variants by row number.

    Raises ``InvalidProduct`` with the errors of all rows at once.
    """
    errors, variant_errors = _slug_errors(submitted), _variant_errors(rows)
    try:
        fields = read_product_fields(submitted)
    except ValidationFailed as failed:
        raise InvalidProduct({**failed.errors, **errors}, variant_errors) from failed
    if errors or variant_errors:
        raise InvalidProduct(errors, variant_errors)
    variants = [_try_variant(rows, row)[0] for row in rows]
    new = tuple(Variant(v["sku"], v["name"], v["swatch"]) for v in variants)
    product = Product(slug=_read_slug(submitted), **{**vars(fields), "variants": new})
    return NewProduct(product, {v["sku"]: v["quantity"] for v in variants})


def _variant_errors(rows: Mapping[int, Submitted]) -> dict[int, dict[str, str]]:
    """The errors by field, for each row that has any."""
    errors: dict[int, dict[str, str]] = {}
    skus: set[str] = set()
    for count, row in enumerate(rows, 1):
        values, row_errors = _try_variant(rows, row)
        if count > MAX_VARIANTS:
            row_errors["sku"] = f"A product has at most {MAX_VARIANTS} variants."
        if values.get("sku") in skus:
            row_errors["sku"] = "Enter a different SKU: an earlier row has this one."
        skus |= {values["sku"]} if "sku" in values else set()
        errors |= {row: row_errors} if row_errors else {}
    return errors


def _try_variant(rows: Mapping[int, Submitted], row: int) -> tuple[dict[str, Any], dict[str, str]]:
    submitted = rows[row]
    if len(rows) == 1 and not submitted.get("name", "").strip():
        submitted = {**submitted, "name": DEFAULT_VARIANT}
    return try_fields(VARIANT_READERS, submitted, LABELS)


def _slug_errors(submitted: Submitted) -> dict[str, str]:
    try:
        _read_slug(submitted)
    except ValueError as error:
        return {"slug": str(error)}
    return {}


def _read_slug(submitted: Submitted) -> str:
    """The slug, or one made from the title. An invalid title is reported as the title's error."""
    slug = normalize_slug(submitted.get("slug", ""))
    try:
        title = read_line(submitted.get("title", ""))
    except ValueError:
        return validate_slug(slug) if slug else ""
    if not (slug := slug or slugify(title)):
        raise ValueError("Enter a URL slug: none can be made from this title.")
    return validate_slug(slug)


def slugify(title: str) -> str:
    """Make a slug from a title: "Große Vase, No. 2" gives "grosse-vase-no-2"."""
    plain = to_unicode_form("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:MAX_SLUG_LENGTH].strip("-")


def validate_slug(slug: str) -> str:
    """Raise ``ValueError`` for a slug that is malformed or reserved."""
    if not SLUG.fullmatch(slug) or len(slug) > MAX_SLUG_LENGTH:
        raise ValueError(
            "Enter a URL slug of lower-case letters, digits and single hyphens, "
            f"with at most {MAX_SLUG_LENGTH} characters."
        )
    if slug in RESERVED_SLUGS:
        raise ValueError("Enter a different URL slug: this one is reserved.")
    return slug
