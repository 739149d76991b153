"""Sign in as a merchant with one click: ask the shop for a link, wait for the letter, follow it."""

import re
import time

import httpx

from infra.local.console.emails import Letter, Mailbox
from infra.user_error import Trouble

LETTER_TAKES = 10  # seconds; mostly below one, but the first letter starts two functions


def sign_in(shop_url: str, email: str, mailbox: Mailbox, cookies: str) -> httpx.Response:
    """Press the button behind the link for a browser with these cookies; the shop's answer."""
    link = sign_in_link(shop_url, email, mailbox)
    return httpx.post(link, headers={**_as_from(shop_url), "Cookie": cookies}, timeout=30)


def sign_in_link(shop_url: str, email: str, mailbox: Mailbox) -> str:
    """The link from the letter that the shop sends for this very request."""
    earlier = {letter.letter_id for letter in mailbox.letters(to=email)}
    answer = httpx.post(
        f"{shop_url}/sign-in",
        data={"email": email, "next": "/desk"},
        headers=_as_from(shop_url),
        timeout=30,
    )
    if answer.is_error:
        raise Trouble(f"Asked for a link, the shop answered {answer.status_code}: see `shop logs`.")
    deadline = time.monotonic() + LETTER_TAKES
    while time.monotonic() < deadline:
        for letter in mailbox.letters(to=email):
            if letter.letter_id not in earlier and (link := _link_in(letter, shop_url)):
                return link
        time.sleep(0.1)
    raise Trouble(f"No sign-in letter for {email} came within {LETTER_TAKES} seconds.")


def _as_from(shop_url: str) -> dict[str, str]:
    """What a browser would say for the shop's own form."""
    return {"Origin": shop_url, "Sec-Fetch-Site": "same-origin"}


def _link_in(letter: Letter, shop_url: str) -> str | None:
    found = re.search(rf"{re.escape(shop_url)}/sign-in\S+", letter.text)
    return found.group() if found else None
