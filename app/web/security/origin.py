"""The origin secret: a request that bypasses CloudFront is refused before anything else reads it.

Limits for networks trust the address that CloudFront appends, and AWS WAF sees only what CloudFront
receives. CloudFront therefore adds a secret header, replacing one that a viewer sends.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
"""

import hmac
from functools import cache

from fastapi import Request
from msgspec import json

from app.settings import settings
from app.web.security.errors import RequestRejected

ORIGIN_HEADER = "X-Origin-Secret"


class BypassedCloudFront(RequestRejected):
    """A request to the API's own address (403)."""

    def __init__(self) -> None:
        super().__init__(403, "Forbidden")


def require_cloudfront(request: Request) -> None:
    """Raise ``BypassedCloudFront`` unless the header has one of the secret's values.

    Two are valid while the secret is rotated. Without a secret in the settings there is no check.
    """
    if not (secret := settings().origin_secret):
        return
    sent = request.headers.get(ORIGIN_HEADER, "").encode()
    matches = [hmac.compare_digest(sent, value) for value in _values(secret)]
    if not any(matches):
        raise BypassedCloudFront


@cache
def _values(secret: str) -> tuple[bytes, ...]:
    """The values of the secret, by whatever key; an empty one is none."""
    values = json.decode(secret, type=dict[str, str]).values()
    return tuple(it.encode() for it in values if it)
