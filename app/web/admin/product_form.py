"""The form for a new product: one to five rows of variants, and where to say what is wrong."""

from app.catalog.product_drafts import MOST_VARIANTS, NewProduct, read_product
from app.catalog.publishing import Taken
from app.errors import WrongFields
from app.form_fields import Typed
from app.web.http.forms import WrongInput

ROWS = range(1, MOST_VARIANTS + 1)
ROW_FIELDS = ("sku", "name", "coloured", "swatch", "pieces")
TAKEN = "Another product has this one already."


def read_new(typed: Typed) -> NewProduct:
    """Raises ``WrongInput`` with everything that is wrong, in all rows, at once."""
    rows = {row: _row(typed, row) for row in rows_used(typed)}
    try:
        return read_product({"listed": "no", **typed}, rows)
    except WrongFields as wrong:
        raise WrongInput(wrong.errors, typed) from wrong


def rows_used(typed: Typed) -> list[int]:
    """The first row always counts; the others once something was typed into them."""
    return [n for n in ROWS if n == 1 or any(typed.get(f"{f}_{n}") for f in ("sku", "name"))]


def taken_fields(taken: Taken, typed: Typed) -> dict[str, str]:
    """Beside which fields to say that another product has this already."""
    rows = [n for n in ROWS if typed.get(f"sku_{n}", "").strip().upper() in taken.skus]
    return {**({"slug": TAKEN} if taken.slug else {}), **{f"sku_{n}": TAKEN for n in rows}}


def _row(typed: Typed, row: int) -> Typed:
    """A colour input always has a colour; the box beside it says whether it is meant."""
    values = {field: typed.get(f"{field}_{row}", "") for field in ROW_FIELDS}
    return values if values["coloured"] else {**values, "swatch": ""}
