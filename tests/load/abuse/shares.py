"""The most that one network may take: each figure with its limit."""

from collections import Counter
from collections.abc import Iterable, Sequence

from app.customers.magic_links import LINKS_PER_EMAIL, LINKS_PER_NETWORK
from app.orders.caller_limits import HOLDING_UNPAID
from app.orders.models import Order
from app.settings import Settings
from infra.local.console.emails import StoredEmail
from tests.load.abuse.attacks import LURE, flood_domain, victim
from tests.load.abuse.campaign import SHOPPERS, CampaignResult
from tests.load.assertions import Assertion

LIMITS = Settings()
# The confirmations of the first orders of a day, one more if the hour changes, and one decline.
MAX_EMAILS_TO_A_STRANGER = LIMITS.emails_per_address + 1 + 1


def units_held(order_ids: Iterable[str]) -> int:
    """The units that these orders hold unpaid now."""
    orders = Order.batch_get([(order_id, "order") for order_id in order_ids])
    return sum(line.quantity for it in orders if it.status in HOLDING_UNPAID for line in it.lines)


def judge(
    result: CampaignResult, most_units_held: int, emails: Sequence[StoredEmail]
) -> list[Assertion]:
    to_victim = [it for it in emails if victim(result.tag) in it.to]
    flooded = f"@{flood_domain(result.tag)}"
    links = Counter(to for it in emails for to in it.to if to.endswith(flooded))
    lures = sum(LURE in it.text or LURE in it.html or LURE in it.subject for it in to_victim)
    flood = result.answers["Digit flood"].statuses
    figures = (
        ("Units held unpaid by one network, at most", most_units_held, LIMITS.units_per_network),
        ("Orders of one network", len(result.attacker_orders), LIMITS.orders_per_network),
        ("Emails to an address that is not verified", len(to_victim), MAX_EMAILS_TO_A_STRANGER),
        ("Emails to it with the attacker's text", lures, 0),
        ("Sign-in links to one network", links.total(), LINKS_PER_NETWORK.max_hits),
        ("Sign-in links to one address", max(links.values(), default=0), LINKS_PER_EMAIL.max_hits),
        ("Server errors to the digit flood", sum(n for it, n in flood.items() if it >= 500), 0),
        ("Missing orders of honest shoppers", SHOPPERS - len(result.orders), 0),
        ("Errors of honest shoppers", len(result.errors), 0),
        ("Attacks that were answered by no refusal", _unrefused(result), 0),
    )
    return [Assertion(name, value, limit, is_count=True) for name, value, limit in figures]


def _unrefused(result: CampaignResult) -> int:
    """An attack that meets no limit has tested none."""
    return sum(not any(400 <= it < 500 for it in a.statuses) for a in result.answers.values())
