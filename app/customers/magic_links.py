"""Magic links: sign-in without a password, by a link sent by email. It works once, for 10 minutes.

https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html
"""

from dataclasses import dataclass
from datetime import datetime

from pynamodb.exceptions import UpdateError

from app.customers.models import (
    LINK_TTL,
    MagicLink,
    new_session_token,
    new_token,
    sha256_hex,
    visitor_id_of,
)
from app.customers.rate_limits import RateLimit
from app.customers.sessions import UNKNOWN_BROWSER, Browser, start_session
from app.errors import NotFound
from app.i18n.messages import lazy_gettext
from app.persistence.dynamodb import is_condition_failure

LINKS_PER_EMAIL = RateLimit("email", 5)
LINKS_PER_NETWORK = RateLimit("network", 30)
LINKS_PER_EDGE = RateLimit("edge", 300)  # one CloudFront server forwards for many networks


@dataclass(frozen=True)
class SignedIn:
    """A completed sign-in: the new cookie's token, the email, and the page to continue with."""

    token: str
    email: str
    next_path: str


@dataclass(frozen=True)
class Network:
    """The IP address of the caller and, if the request came through CloudFront, of its server.

    A caller who bypasses CloudFront can forge the viewer's address, but not ``edge``. Each has a
    rate limit of its own.
    """

    viewer: str
    edge: str = ""


def issue(email: str, network: Network, next_path: str, *, now: datetime) -> str:
    """Store a new link for this email and return its token. Raises ``RateLimited``.

    The email comes last: a caller over its limit must not use up the links of other people.
    """
    LINKS_PER_NETWORK.hit(network.viewer, now=now)
    if network.edge:
        LINKS_PER_EDGE.hit(network.edge, now=now)
    LINKS_PER_EMAIL.hit(email, now=now)
    token = new_token()
    MagicLink(
        f"link#{sha256_hex(token)}",
        "link",
        email=email,
        next_path=next_path,
        expires_at=now + LINK_TTL,
    ).save()
    return token


def redeem(token: str, browser: Browser = UNKNOWN_BROWSER, *, now: datetime) -> SignedIn:
    """Use the link and start a session. Raises ``NotFound`` if it was used or has expired.

    The session gets a new token, whatever cookie the visitor had before: this prevents session
    fixation (https://owasp.org/www-community/attacks/Session_fixation).
    """
    link = MagicLink(f"link#{sha256_hex(token)}", "link")
    session_token = new_session_token()
    try:
        link.update(
            actions=[MagicLink.used_by.set(visitor_id_of(session_token))],
            condition=MagicLink.used_by.does_not_exist() & (MagicLink.expires_at > now),
        )
    except UpdateError as error:
        if is_condition_failure(error):
            raise NotFound(lazy_gettext("This link has expired.")) from error
        raise
    start_session(visitor_id_of(session_token), link.email, browser, now=now)
    return SignedIn(session_token, link.email, link.next_path)
