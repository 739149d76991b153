"""`shop audit`: compare orders with provider, carrier, stock, ledger, sales and letters."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.observability.metrics import NAMESPACE
from app.verification import Books, Breach, at_any_time, at_rest, told
from infra.cli.terminal import HOME, out
from infra.local.state_dir import Home
from infra.ops.deployed_stack import Deployed
from infra.ops.verification_data import steady_books
from infra.user_error import Trouble

FINAL = ("shipped", "declined", "cancelled")

StackName = Annotated[
    str, typer.Option("--stack", help="A stack on AWS; the shop that is open here when left out.")
]


def audit(stack: StackName = "") -> None:
    """Compare every order with what provider, carrier, stock, ledger, sales and mailbox say."""
    shop = shop_called(stack)
    books = steady_books(shop)
    if books is None:
        raise Trouble("The shop is too busy for two equal readings; try again when it is calmer.")
    breaches = breaches_in(books, now=datetime.now(UTC))
    out.print(compared(books), soft_wrap=True)
    out.print(told(breaches), markup=False, soft_wrap=True)
    tell_alarm(shop, len(breaches))
    sys.exit(1 if breaches else 0)


def shop_called(stack: str) -> Deployed:
    return Deployed.on_aws(stack) if stack else Deployed.here(Home(HOME))


def tell_alarm(shop: Deployed, breaches: int) -> None:
    """The alarm "The books disagree" hears of it, wherever the shop runs."""
    told = {"MetricName": "breaches", "Value": float(breaches)}
    shop.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=[told])


def breaches_in(books: Books, *, now: datetime) -> list[Breach]:
    """While orders are on their way only what must hold always, and that none is overdue."""
    under_way = _open(books)
    if not under_way:
        return [*at_any_time(books), *at_rest(books)]
    late = [it for it in under_way if datetime.fromisoformat(it["due_at"]) < now]
    overdue = [
        Breach("L1", it["order_id"], f"it is {it['status']} longer than it should be.")
        for it in late
    ]
    return [*at_any_time(books), *overdue]


def compared(books: Books) -> str:
    charges = sum(len(books.charges(order_id)) for order_id in books.intents)
    letters = "no letters (SES keeps none)"
    if books.letters is not None:
        letters = _counted(books.letters, "letters")
    parts = (
        _counted(books.placed, "orders"),
        f"{charges} charges",
        _counted(books.carrier, "parcels"),
        _counted(books.stock, "stock rows"),
        _counted(books.ledger, "ledger entries"),
        _counted(books.sales, "sales figures"),
        _counted(books.events, "events"),
        letters,
    )
    under_way = len(_open(books))
    still = f" {under_way} of the orders are still on their way." if under_way else ""
    return f"Compared {', '.join(parts)}.{still}"


def _open(books: Books) -> list[dict[str, str]]:
    return [dict(row) for row in books.placed.values() if row["status"] not in FINAL]


def _counted(rows: Iterable[object], name: str) -> str:
    return f"{len(list(rows))} {name}"
