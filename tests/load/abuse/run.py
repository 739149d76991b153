"""Run the campaign against a shop of its own, with the limits of a deployed one."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, socket

import httpx

from app.orders.models import Order, OrderStatus
from infra.cli.terminal import out
from infra.local.console.emails import Mailbox, StoredEmail
from infra.local.ports import find_free_port
from infra.local.startup import LocalShop
from infra.user_error import UserError
from tests.fake_clouds import DeployedShop, deployed_settings, use_cloud
from tests.load.abuse.attacks import Answers
from tests.load.abuse.campaign import (
    ATTACKER_NETWORK,
    Campaign,
    CampaignResult,
    products_to_grab,
    run_campaign,
)
from tests.load.abuse.shares import LIMITS, judge, units_held
from tests.load.assertions import Assertion, exit_code
from tests.load.report import describe_machine
from tests.load.tags import new_run_id
from tests.markdown_reports import print_table, write_report

REPORT = "abuse.md"
# The defaults of the template where `make dev` has others; packing is short, reviews are not.
PARAMETERS = {
    "OrdersPerNetwork": str(LIMITS.orders_per_network),
    "UnitsPerNetwork": str(LIMITS.units_per_network),
    "EmailsPerAddress": str(LIMITS.emails_per_address),
    "LoadTestKey": "",
    "PackingSeconds": "1",
    "ReviewSeconds": "3600",
}
SETTLE_SECONDS = 180
POLL_SECONDS = 5
SHARE_HEADINGS = ("Share of one network, and harm to others", "measured", "limit")

type ReportProgress = Callable[[str], None]


@dataclass(frozen=True)
class CampaignRun:
    result: CampaignResult
    assertions: list[Assertion]
    seconds: float


def run_in_own_shop(folder: Path, report_progress: ReportProgress) -> CampaignRun:
    """Stops every process that it started, whether it succeeds or fails."""
    _require_loopback_networks()
    shop = LocalShop(folder, find_free_port(), find_free_port())
    with shop.open(PARAMETERS, report_progress) as deployed:
        use_cloud(deployed_settings(DeployedShop(shop.url, shop.cloud, deployed.outputs)))
        campaign = Campaign(shop.url, _open_transport, products_to_grab(), new_run_id())
        report_progress("Ten shoppers buy, one network attacks")
        held, started = [0], time.monotonic()
        result = run_campaign(campaign, lambda it: held.append(units_held(it.attacker_orders)))
        seconds = time.monotonic() - started
        report_progress("Waiting for parcels and emails")
        unshipped = _wait_for_parcels(result.orders)
        emails = _wait_for_emails(Mailbox(shop.cloud), campaign.tag)
        assertions = judge(result, max(held), emails)
        assertions.append(
            Assertion("Orders of honest shoppers without a parcel", unshipped, 0, is_count=True)
        )
        return CampaignRun(result, assertions, seconds)


def report(run: CampaignRun, *, is_written: bool) -> int:
    """Print the figures, and write the report if asked. Returns the exit code."""
    rows = [
        (it.name, f"{it.value:.0f}", f"{it.limit:.0f}{'' if it.passed else ' (exceeded)'}")
        for it in run.assertions
    ]
    print_table(SHARE_HEADINGS, rows)
    for error in run.result.errors:
        out.print(error, markup=False)
    introduction = (
        f"`shop load abuse`: ten shoppers, each from a network of their own, buy for "
        f"{run.seconds:.0f} s while one network attacks, everything on one machine "
        f"({describe_machine()}). {_describe_attacks(run.result)} "
        f"{len(run.result.orders)} orders of honest shoppers, {len(run.result.errors)} errors."
    )
    out.print(introduction, soft_wrap=True, highlight=False)
    if is_written:
        write_report(REPORT, introduction, SHARE_HEADINGS, rows)
    return exit_code(run.assertions, counts_only=True)


def _describe_attacks(result: CampaignResult) -> str:
    attacks = (
        f"{name}: {it.requests} requests ({_describe_statuses(it)})"
        for name, it in result.answers.items()
    )
    return f"{'; '.join(attacks)}."


def _describe_statuses(answers: Answers) -> str:
    return ", ".join(f"{count} got {status}" for status, count in sorted(answers.statuses.items()))


def _open_transport(network: str) -> httpx.BaseTransport:
    return httpx.HTTPTransport(local_address=network)


def _require_loopback_networks() -> None:
    """Linux has all of 127.0.0.0/8; macOS has 127.0.0.1 only."""
    try:
        with socket(AF_INET) as probe:
            probe.bind((ATTACKER_NETWORK, 0))
    except OSError:
        raise UserError(
            f"This machine has no address {ATTACKER_NETWORK}: run `shop load abuse` on Linux."
        ) from None


def _wait_for_parcels(order_ids: Sequence[str]) -> int:
    """The number of these orders that have not been shipped when the deadline passes."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        orders = Order.batch_get([(order_id, "order") for order_id in order_ids])
        waiting = sum(it.status != OrderStatus.SHIPPED for it in orders)
        if not waiting or time.monotonic() > deadline:
            return waiting
        time.sleep(POLL_SECONDS)


def _wait_for_emails(mailbox: Mailbox, tag: str) -> list[StoredEmail]:
    """The emails that the attacker caused, once no further one arrives for a while."""
    emails: list[StoredEmail] = []
    for _ in range(SETTLE_SECONDS // POLL_SECONDS):
        time.sleep(POLL_SECONDS)
        before, emails = emails, mailbox.list_emails(to=tag)
        if len(before) == len(emails):
            break
    return emails
