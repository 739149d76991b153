"""Run the campaign in rounds: in each, one honest shopper buys while the attacker sends bursts."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx

from infra.local.form_client import Shopper
from infra.user_error import UserError
from tests.builders import a_product, sku_of
from tests.load.abuse.attacks import ATTACKS, Answers, Attacker

SHOPPERS = 10
ATTACKER_NETWORK = "127.0.66.6"

type OpenTransport = Callable[[str], httpx.BaseTransport]


@dataclass(frozen=True)
class Campaign:
    """``open_transport`` connects from a network address to the shop at ``url``.

    The shoppers buy ``honest_sku``, which is among the ``skus`` that the attacker grabs.
    ``burst`` is the number of requests for each attack and shopper; ``tag`` makes the email
    addresses of two campaigns different.
    """

    url: str
    open_transport: OpenTransport
    skus: Sequence[str]
    tag: str
    burst: int = 10
    workers: int = len(ATTACKS) + 1

    @property
    def honest_sku(self) -> str:
        return self.skus[0]


@dataclass
class CampaignResult:
    """The orders and errors of the shoppers, and what the attacker was answered."""

    tag: str
    orders: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    answers: dict[str, Answers] = field(default_factory=dict)

    @property
    def attacker_orders(self) -> list[str]:
        return [order for answers in self.answers.values() for order in answers.orders]


def products_to_grab() -> list[str]:
    """Three SKUs. Of the first one there is enough for all shoppers, unless one network takes it.

    An order of ten units of each is reviewed.
    """
    return [sku_of(a_product(price=9_000, quantity=units)) for units in (60, 300, 300)]


def shopper_network(number: int) -> str:
    return f"127.0.1.{number + 1}"


def run_campaign(
    campaign: Campaign, after_round: Callable[[CampaignResult], None]
) -> CampaignResult:
    """With one worker, the attacks of a round come one after the other, and the shopper last."""
    result = CampaignResult(campaign.tag)
    transport = campaign.open_transport(ATTACKER_NETWORK)
    with (
        httpx.Client(
            base_url=campaign.url, transport=transport, headers={"Origin": campaign.url}, timeout=60
        ) as client,
        ThreadPoolExecutor(campaign.workers) as pool,
    ):
        attacker = Attacker(client, campaign.skus, campaign.tag, result.answers)
        for number in range(SHOPPERS):
            _run_round(campaign, attacker, number, result, pool)
            after_round(result)
    return result


def _run_round(
    campaign: Campaign, attacker: Attacker, number: int, result: CampaignResult, pool: Executor
) -> None:
    def repeat(attack: Callable[[Attacker], None]) -> None:
        for _ in range(campaign.burst):
            attack(attacker)

    attacks: list[Future[None]] = [pool.submit(repeat, attack) for attack in ATTACKS]
    order = pool.submit(_buy, campaign, number)
    try:
        result.orders.append(order.result())
    except (UserError, httpx.HTTPError) as error:
        result.errors.append(f"{type(error).__name__}: {error}")
    for attack in attacks:
        attack.result()


def _buy(campaign: Campaign, number: int) -> str:
    """One purchase of two units, as a browser without JavaScript makes it. Returns the order id."""
    shopper = Shopper(campaign.url, campaign.open_transport(shopper_network(number)))
    with shopper.browser:
        for _ in range(2):
            shopper.add_to_cart(campaign.honest_sku)
        return shopper.pay(shopper.fill_in_checkout("pm_succeeds"))
