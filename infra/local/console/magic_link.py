"""Store a magic link for the console, and write its token to standard output.

Run as a process with the environment of the web function: the email address is the standard input.
The console has access to the local tables, so it needs no email and is not counted by the rate
limit. Nothing that is deployed imports this module.
"""

import sys
from datetime import UTC, datetime

from app.customers.models import LINK_TTL, MagicLink, new_token, sha256_hex


def store_link(email: str, *, now: datetime) -> str:
    """Returns the token of a link that leads to the admin and works once, like any magic link."""
    token = new_token()
    MagicLink(
        f"link#{sha256_hex(token)}",
        "link",
        email=email,
        next_path="/admin",
        expires_at=now + LINK_TTL,
    ).save()
    return token


if __name__ == "__main__":
    sys.stdout.write(store_link(sys.stdin.read().strip(), now=datetime.now(UTC)))
