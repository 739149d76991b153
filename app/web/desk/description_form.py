"""The form of what a product says and costs; its rules are the shop's own."""

from app.catalog.describing import read_description
from app.catalog.editing import Description
from app.errors import WrongFields
from app.typed import Typed
from app.web.forms import WrongInput


def read_described(typed: Typed) -> Description:
    """Raises ``WrongInput`` with everything that is wrong; a box not ticked is not sent."""
    try:
        return read_description({"listed": "no", **typed})
    except WrongFields as wrong:
        raise WrongInput(wrong.errors, typed) from wrong
