"""Flash messages: shown once, on the next page after a redirect.

The same pattern as in Flask: https://flask.palletsprojects.com/en/stable/patterns/flashing/
"""

from datetime import timedelta
from typing import Literal

from fastapi import Request

from app.i18n.messages import lazy_gettext
from app.web.security.cookies import read_cookie, set_cookie

COOKIE = "flash"
FLASH_LIFETIME = timedelta(minutes=2)  # an older message would appear out of context

FlashCode = Literal[
    "signed_in",
    "carts_merged",
    "carts_merged_in_part",
    "edit_merged",
    "import_changed",
    "nothing_selected",
    "product_deleted",
    "reviews_rejected",
]
MESSAGES: dict[str, str] = {
    "signed_in": lazy_gettext("You're signed in."),
    "carts_merged": lazy_gettext(
        "You're signed in. We've added the items from your earlier cart to this one."
    ),
    "carts_merged_in_part": lazy_gettext(
        "You're signed in. We've added the items from your earlier cart, up to the limits of one"
        " order."
    ),
    "edit_merged": "Saved, together with what another merchant has changed meanwhile.",
    "product_deleted": "The product was deleted.",
    "nothing_selected": "Select the products that you want to edit.",
    "import_changed": "The columns were mapped in another way meanwhile. Check the preview again.",
    "reviews_rejected": "The selected orders were rejected.",
}


def flash(request: Request, code: FlashCode) -> None:
    """Show a flash message on the next page.

    The cookie holds the code and not the text, so a forged cookie cannot place a text on a page.
    """
    set_cookie(request, COOKIE, code, lifetime=FLASH_LIFETIME)


def pop_flash_message(request: Request) -> str:
    """The message for this page, or empty; the cookie is deleted."""
    message = MESSAGES.get(read_cookie(request, COOKIE), "")
    if message:
        set_cookie(request, COOKIE, "")
    return message
