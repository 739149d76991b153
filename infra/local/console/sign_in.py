"""Sign in as a merchant with one click: request a magic link, read the email, follow it."""

import re
import time

import httpx

from infra.local.console.emails import Mailbox, StoredEmail
from infra.user_error import UserError

EMAIL_TIMEOUT = 10  # seconds; usually below one, but the first email starts two functions


def sign_in(shop_url: str, email: str, mailbox: Mailbox, cookies: str) -> httpx.Response:
    """Confirm the sign-in for a browser with these cookies. Returns the shop's response.

    Raises ``UserError`` if no email arrives.
    """
    link = sign_in_link(shop_url, email, mailbox)
    return httpx.post(link, headers={**_browser_headers(shop_url), "Cookie": cookies}, timeout=30)


def sign_in_link(shop_url: str, email: str, mailbox: Mailbox) -> str:
    """Request a magic link for the admin, and read it from the email."""
    earlier = {it.message_id for it in mailbox.list_emails(to=email)}
    response = httpx.post(
        f"{shop_url}/sign-in",
        data={"email": email, "next": "/admin"},
        headers=_browser_headers(shop_url),
        timeout=30,
    )
    if response.is_error:
        raise UserError(f"The sign-in form returned {response.status_code}: see `shop logs`.")
    deadline = time.monotonic() + EMAIL_TIMEOUT
    while time.monotonic() < deadline:
        for received in mailbox.list_emails(to=email):
            if received.message_id not in earlier and (link := _link_in(received, shop_url)):
                return link
        time.sleep(0.1)
    raise UserError(f"No sign-in email for {email} arrived within {EMAIL_TIMEOUT} seconds.")


def _browser_headers(shop_url: str) -> dict[str, str]:
    """What a browser sends with the shop's own form."""
    return {"Origin": shop_url, "Sec-Fetch-Site": "same-origin"}


def _link_in(email: StoredEmail, shop_url: str) -> str | None:
    link = re.search(rf"{re.escape(shop_url)}/sign-in\S+", email.text)
    return link.group() if link else None
