"""The abuse campaign in a short form, in this process: all limits hold, and each is needed."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from ulid import ULID

from app.customers import magic_links
from app.main import create_app
from app.orders.queries import load_order_details
from app.settings import settings
from infra.local.cloud import LocalCloud
from infra.local.console.emails import Mailbox
from tests.builders import LambdaContextStub, a_batch
from tests.fake_clouds import override_settings
from tests.load.abuse.campaign import Campaign, CampaignResult, products_to_grab, run_campaign
from tests.load.abuse.shares import judge, units_held
from tests.load.assertions import Assertion
from tests.printed_figures import PrintFigure
from tests.unit.workers.queue_readers import events_of
from workers.email import handler

BURST = 5


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app()


@pytest.fixture
def limits(tables: LocalCloud) -> Iterator[None]:
    """The limits of a deployed shop, which other tests on these tables have lifted."""
    with override_settings(emails_per_address="3"):
        yield


def run_short_campaign(app: FastAPI, tables: LocalCloud) -> tuple[CampaignResult, list[Assertion]]:
    tag = str(ULID()).lower()

    def open_transport(network: str) -> httpx.BaseTransport:
        client = TestClient(app, client=(f"{network}-{tag}", 50_000))
        transport: httpx.BaseTransport = client._transport
        return transport

    skus = products_to_grab()
    campaign = Campaign(settings().base_url, open_transport, skus, tag, BURST, workers=1)
    held = [0]
    result = run_campaign(campaign, lambda it: held.append(units_held(it.attacker_orders)))
    for order_id in result.attacker_orders:
        details = load_order_details(order_id)
        handler(a_batch(*events_of(details.order)), LambdaContextStub())
    return result, judge(result, max(held), Mailbox(tables).list_emails(to=tag))


def failed(assertions: list[Assertion]) -> set[str]:
    return {it.name for it in assertions if not it.passed}


def test_one_network_takes_no_more_than_its_share_while_others_buy(
    app: FastAPI, tables: LocalCloud, limits: None, print_figure: PrintFigure
) -> None:
    result, assertions = run_short_campaign(app, tables)

    requests = sum(it.requests for it in result.answers.values())
    print_figure(f"{requests} hostile requests, {len(result.orders)} honest orders, 0 errors")
    assert result.errors == []
    assert failed(assertions) == set()


@pytest.mark.parametrize(
    ("lifted", "failure"),
    [
        ({"orders_per_network": "0"}, "Errors of honest shoppers"),
        ({"units_per_network": "100000"}, "Units held unpaid by one network, at most"),
        ({"emails_per_address": "0"}, "Emails to an address that is not verified"),
    ],
)
def test_campaign_fails_without_a_limit(
    app: FastAPI, tables: LocalCloud, limits: None, lifted: dict[str, str], failure: str
) -> None:
    with override_settings(**lifted):
        _, assertions = run_short_campaign(app, tables)

    assert failure in failed(assertions)


def test_campaign_fails_without_the_limit_of_sign_in_links(
    app: FastAPI, tables: LocalCloud, limits: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        magic_links, "LINKS_PER_NETWORK", replace(magic_links.LINKS_PER_NETWORK, max_hits=1_000)
    )

    _, assertions = run_short_campaign(app, tables)

    assert "Sign-in links to one network" in failed(assertions)
