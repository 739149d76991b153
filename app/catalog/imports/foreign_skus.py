"""SKUs of products that come from another program, which may have others than ours or none."""

import hashlib
import re

from app.catalog.imports.converted_texts import looks_converted
from app.catalog.models import DEFAULT_VARIANT, Product
from app.catalog.product_fields import normalize_sku, slugify

MAX_SKU_LENGTH = 40
NOT_IN_SKU = re.compile("[^A-Z0-9]{1,40}")


def foreign_sku(text: str) -> str:
    """The SKU with single hyphens for characters that our SKUs do not have.

    One that a spreadsheet has converted stays as it is: the import refuses it.
    """
    if looks_converted(text.strip()):
        return text.strip()
    return NOT_IN_SKU.sub("-", normalize_sku(text)).strip("-")


def made_sku(slug: str, name: str, product: Product | None) -> str:
    """For a row without one: that of the variant with this name, or one made from slug and name.

    It is the same in every import of the file.
    """
    if product:
        names = {it.name.lower(): it.sku for it in product.variants}
        return names.get((name or DEFAULT_VARIANT).lower(), "")
    sku = foreign_sku(f"{slug}-{slugify(name)}")
    if len(sku) > MAX_SKU_LENGTH:
        mark = hashlib.sha256(sku.encode()).hexdigest()[:6].upper()
        sku = f"{sku[: MAX_SKU_LENGTH - 7].strip('-')}-{mark}"
    return sku
