"""The form of what a product says and costs; its rules are the shop's own."""

from app.catalog.product_fields import read_description
from app.catalog.products import Description
from app.errors import WrongFields
from app.form_fields import Typed
from app.web.http.forms import WrongInput


def read_described(typed: Typed) -> Description:
    """Raises ``WrongInput`` with everything that is wrong; a box not ticked is not sent."""
    try:
        return read_description({"listed": "no", **typed})
    except WrongFields as wrong:
        raise WrongInput(wrong.errors, typed) from wrong
