"""The verifier reports each kind of violation by its rule, and nothing for consistent data."""

import ast
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.customers.models import customer_id
from app.verification import (
    RecordedResponse,
    SentEmail,
    check_invariants,
    check_running,
    check_settled,
    format_violations,
)
from infra.build.bundles import ROOT
from tests.unit.app.verification.consistent_snapshot import (
    CANCELLED,
    CUSTOMER,
    DAY,
    OPEN,
    PRICE,
    RECIPIENT,
    RESTOCKED_TWO,
    SHIPPED,
    SKU,
    TOTAL,
    Fields,
    Row,
    a_fact,
    a_ledger_entry,
    add_open_order,
    an_event,
    an_intent,
    an_open_return,
    ledger_key,
    refund_of,
    refund_of_return,
    settled_fields,
    snapshot_of,
    with_return,
    with_sums,
    without_returned_figure,
)

type Corrupt = Callable[[Fields], Fields]


def added(table: str, *rows: Any) -> Corrupt:
    return lambda fields: fields | {table: [*fields[table], *rows]}


def removed(table: str, **attributes: Any) -> Corrupt:
    def corrupt(fields: Fields) -> Fields:
        rows = [row for row in fields[table] if not _matches(row, attributes)]
        assert len(rows) < len(fields[table])
        return fields | {table: rows}

    return corrupt


def changed(table: str, attributes: Fields, **values: Any) -> Corrupt:
    def corrupt(fields: Fields) -> Fields:
        assert any(_matches(row, attributes) for row in fields[table])
        rows = [row | values if _matches(row, attributes) else row for row in fields[table]]
        return fields | {table: rows}

    return corrupt


def summed_up(**figures: tuple[int, int]) -> Corrupt:
    """Other sums of the hour in which everything happened."""
    return lambda fields: with_sums(fields, figures)


def due(fields: Fields) -> Fields:
    """The hour will be summed up again: what counts meanwhile are its facts."""
    return changed("sales", {"period": DAY[:7]}, due="due")(fields)


def without_paid_events(fields: Fields) -> Fields:
    """A charge without its event. ``event_count`` no longer counts it either."""
    corrupted = removed("orders", type="order_paid")(fields)
    return changed("orders", {"part": "order"}, event_count=2)(corrupted)


def with_limited_email_about_a_dispute(fields: Fields) -> Fields:
    """The shop refunds nothing, but the bank returns a charge."""
    body = '{"reason": "payment_disputed", "refunded": 0}'
    fields = changed("orders", {"type": "order_cancelled"}, body=body)(fields)
    email = {"part": f"email#{CANCELLED}-0003#{RECIPIENT}"}
    return changed("orders", email, sent=False, skipped="limited")(fields)


def replaced(**values: Any) -> Corrupt:
    return lambda fields: fields | values


def _matches(row: Row, attributes: Fields) -> bool:
    return all(row.get(name) == value for name, value in attributes.items())


SHIPPED_ORDER = {"order_id": SHIPPED, "part": "order"}
CANCELLED_ORDER = {"order_id": CANCELLED, "part": "order"}
DISPUTE = '{"reason": "payment_disputed"}'
EMAIL = SentEmail(f"{SHIPPED}-0001", CUSTOMER)

INVARIANTS: dict[str, tuple[str, Corrupt]] = {
    "charged twice": ("M1", added("provider", an_intent(SHIPPED, record_id="intent#pi_2"))),
    "shipped unpaid": ("M2", changed("provider", {"order_id": SHIPPED}, state="void")),
    "shipped and refunded": (
        "M2",
        changed("provider", {"order_id": SHIPPED}, refunds=refund_of(TOTAL)),
    ),
    "cancelled, not refunded": (
        "M3",
        changed("provider", {"order_id": CANCELLED}, refunds="[]"),
    ),
    "more refunded than the provider": (
        "M3",
        changed("orders", CANCELLED_ORDER, refunded=TOTAL + 1),
    ),
    "refunded without charge": (
        "M4",
        added(
            "provider", an_intent(SHIPPED, "void", record_id="intent#2", refunds=refund_of(TOTAL))
        ),
    ),
    "charged too much": ("M5", changed("provider", {"order_id": SHIPPED}, amount=9_999)),
    "another currency": ("M5", changed("provider", {"order_id": SHIPPED}, currency="USD")),
    "total does not match the lines": ("M5", changed("orders", SHIPPED_ORDER, total=4_591)),
    "price that never existed": ("M5", replaced(prices={SKU: frozenset({1_999})})),
    "one unit too many": ("S1", changed("stock", {"sku": SKU}, available=9)),
    "negative counter": ("S2", changed("stock", {"sku": SKU}, available=-2, received=0)),
    "reserved without an order": ("S3", changed("stock", {"sku": SKU}, available=7, reserved=1)),
    "sold without an order": ("S3", changed("stock", {"sku": SKU}, available=7, sold=3)),
    "reservation ended twice": ("S4", added("ledger", a_ledger_entry(SHIPPED, "released", 2))),
    "placed without event": ("E1", removed("orders", order_id=SHIPPED, type="order_placed")),
    "damaged event": ("E1", changed("orders", {"type": "order_paid"}, body="no JSON")),
    "two final events": ("E1", added("orders", an_event(SHIPPED, 4, "order_cancelled")[0])),
    "gap in the event numbers": ("E1", changed("orders", SHIPPED_ORDER, event_count=4)),
    "processed without event": (
        "E4",
        added("orders", {"order_id": SHIPPED, "part": "email#01SHIPPED-0009"}),
    ),
    "payment intent without order": ("E4", added("provider", an_intent("01GHOST", "open"))),
    "parcel without order": ("E4", added("carrier", {"reference": "01GHOST"})),
    "row without order": ("E4", added("orders", {"order_id": "01GHOST", "part": "payment"})),
    "fact without event": ("E4", added("sales", a_fact(f"{SHIPPED}-0009", {"paid": (0, 0)}))),
    "ledger entry without event": ("E4", added("ledger", a_ledger_entry(CANCELLED, "sold", 0))),
    "email without event": ("E4", added("emails", SentEmail("01GHOST-0001", CUSTOMER))),
    "duplicate email": ("E3", added("emails", EMAIL)),
    "ledger against counters": (
        "E3",
        changed("stock", {"sku": SKU}, first_units=11),
    ),
    "too large sum of an hour": ("N1", summed_up(shipped=(2, TOTAL))),
    "sum without a fact": ("N1", removed("sales", entry=f"{SHIPPED}-0003")),
    "fact without an event": (
        "N1",
        lambda fields: due(added("sales", a_fact("01GHOST-0003", {"shipped": (1, 0)}))(fields)),
    ),
    "accepted order is lost": (
        "A1",
        added("responses", RecordedResponse("place", "form-9", "accepted", "01LOST")),
    ),
    "one form, two orders": (
        "A2",
        added("responses", RecordedResponse("place", "form-1", "accepted", CANCELLED)),
    ),
    "one cart, two orders": (
        "A3",
        added(
            "responses",
            RecordedResponse("place", "form-7", "accepted", CANCELLED, cart="visitor@2"),
        ),
    ),
    "shipped after accepted cancellation": (
        "C1",
        added("responses", RecordedResponse("cancel", "form-1", "accepted", SHIPPED)),
    ),
    "shipped although cancellation is requested": (
        "C1",
        changed("orders", SHIPPED_ORDER, cancel_requested=True),
    ),
    "email address in the log": (
        "P1",
        added("log_lines", f'{{"log": "email", "to": "{CUSTOMER}"}}'),
    ),
    "order with another email, not in the account's list": (
        "P2",
        changed("orders", SHIPPED_ORDER, owner=customer_id("gift@potter.example")),
    ),
    "order of a guest in the list of an account": (
        "P2",
        changed("orders", SHIPPED_ORDER, account_at="2031-11-23T12:00:00.000000+0000"),
    ),
    "link key in the log": ("P1", added("log_lines", "GET /orders/01SHIPPED?key=abc")),
}

A_RETURN = {"part": "return#1"}
RETURN_INVARIANTS: dict[str, tuple[str, Corrupt]] = {
    "more units returned than bought": (
        "RT1",
        changed("orders", A_RETURN, lines='[{"sku": "VASE-TEAL", "quantity": 3, "received": 3}]'),
    ),
    "more units restocked than received": ("RT1", changed("orders", A_RETURN, lines=RESTOCKED_TWO)),
    "two open returns": ("RT1", added("orders", *an_open_return(2), *an_open_return(3))),
    "return of an order without a parcel": (
        "RT1",
        changed("orders", SHIPPED_ORDER, status="paying"),
    ),
    "refunded twice": (
        "RT2",
        changed("provider", {"order_id": SHIPPED}, refunds=refund_of_return(times=2)),
    ),
    "not refunded at the provider": (
        "RT2",
        changed("provider", {"order_id": SHIPPED}, refunds="[]"),
    ),
    "another amount refunded": ("RT2", changed("orders", A_RETURN, refunded=1_999)),
    "refunded before it was received": ("RT2", changed("orders", A_RETURN, status="approved")),
    "refund of no return": (
        "RT2",
        changed("provider", {"order_id": SHIPPED}, refunds=refund_of(1, reference="refund:x:9")),
    ),
    "refunded more than its units cost": ("RT3", changed("orders", A_RETURN, amount=PRICE + 1)),
    "refunded more than was paid": (
        "M4",
        changed("provider", {"order_id": SHIPPED}, refunds=refund_of(TOTAL + 1)),
    ),
    "refund without a cause": (
        "M2",
        changed("provider", {"order_id": SHIPPED}, refunds=refund_of(PRICE)),
    ),
    "refund without an event": ("RT4", removed("orders", type="return_refunded")),
    "event that differs from its return": (
        "RT4",
        changed("orders", A_RETURN, lines='[{"sku": "VASE-TEAL", "quantity": 2, "received": 2}]'),
    ),
    "unit not restocked": ("S3", changed("stock", {"sku": SKU}, available=8, sold=2)),
    "restocked twice in the ledger": (
        "S4",
        added("ledger", a_ledger_entry(SHIPPED, "returned", 2)),
    ),
}

SETTLED: dict[str, tuple[str, Corrupt]] = {
    "refunded in the dashboard, not recorded": (
        "M3",
        changed("provider", {"order_id": SHIPPED}, refunds=refund_of(TOTAL, by="dashboard")),
    ),
    "less refunded than at the provider": ("M3", changed("orders", CANCELLED_ORDER, refunded=1)),
    "captured by the bank after the void, not refunded": (
        "M3",
        changed("provider", {"order_id": CANCELLED}, refunds="[]", captured_by="bank"),
    ),
    "dispute of a cancelled order won, not refunded": (
        "M3",
        changed("provider", {"order_id": CANCELLED}, refunds="[]", dispute="won"),
    ),
    "disputed, not shown": ("M6", changed("provider", {"order_id": SHIPPED}, dispute="open")),
    "dispute decided, still shown": ("M6", changed("orders", SHIPPED_ORDER, issue=DISPUTE)),
    "open payment intent": (
        "M3",
        changed("provider", {"order_id": CANCELLED}, state="open", refunds="[]"),
    ),
    "unpublished event": (
        "E2",
        changed("orders", {"type": "order_paid"}, unpublished="unpublished#0"),
    ),
    "event not counted": ("E3", removed("sales", entry=f"{SHIPPED}-0003")),
    "email not recorded as sent": (
        "E3",
        changed("orders", {"part": f"email#{SHIPPED}-0003#{RECIPIENT}"}, sent=False),
    ),
    "email skipped although it is true": (
        "E3",
        changed(
            "orders",
            {"part": f"email#{SHIPPED}-0003#{RECIPIENT}"},
            sent=False,
            skipped="outdated",
        ),
    ),
    "email limited although its order was charged": (
        "E3",
        changed(
            "orders",
            {"part": f"email#{SHIPPED}-0003#{RECIPIENT}"},
            sent=False,
            skipped="limited",
        ),
    ),
    "email limited although its order was disputed": ("E3", with_limited_email_about_a_dispute),
    "email missing": ("E3", replaced(emails=[EMAIL])),
    "ledger entry at another time": (
        "E3",
        changed("ledger", {"entry": ledger_key(SHIPPED, "sold")}, entry=f"2020#{SHIPPED}#sold"),
    ),
    "ledger entry missing": ("E3", removed("ledger", entry=ledger_key(SHIPPED, "sold"))),
    "too small sum of an hour": ("N1", summed_up(paid=(2, 1))),
    "wrong fact of an hour that is due": (
        "N1",
        lambda fields: due(
            changed("sales", {"entry": f"{SHIPPED}-0003"}, figures="{}")(fields),
        ),
    ),
    "refund of a return not counted": (
        "N1",
        lambda fields: summed_up(returned=(1, 0))(with_return(fields)),
    ),
    "captured amount is not the one of order_paid": ("N1", without_paid_events),
    "order still open": ("L1", changed("orders", SHIPPED_ORDER, status="paying")),
    "message left in a queue": ("L2", replaced(queues={"email": ["body"]}, poison_messages=())),
    "poison message lost": ("L3", replaced(queues={"email-dead-letters": []})),
    "poison message duplicated": (
        "L3",
        replaced(queues={"email-dead-letters": ["no event"] * 2}),
    ),
    "thumbnail missing": ("I1", replaced(media=frozenset())),
    "upload not processed": ("I1", changed("catalog", {"slug": "vase"}, state="pending")),
}


def test_consistent_data_has_no_violations() -> None:
    snapshot = snapshot_of(settled_fields())

    assert check_invariants(snapshot) == []
    assert check_settled(snapshot) == []
    assert format_violations([]) == "The data is consistent."


def test_recorded_dashboard_refund_of_a_shipped_order_is_no_violation() -> None:
    refunds = refund_of(TOTAL, by="dashboard")
    fields = changed("provider", {"order_id": SHIPPED}, refunds=refunds)(settled_fields())

    snapshot = snapshot_of(changed("orders", SHIPPED_ORDER, refunded=TOTAL)(fields))

    assert check_invariants(snapshot) == []
    assert check_settled(snapshot) == []


@pytest.mark.parametrize("dispute", ["open", "lost", "won"])
def test_recorded_dispute_of_a_shipped_order_is_no_violation(dispute: str) -> None:
    fields = changed("provider", {"order_id": SHIPPED}, dispute=dispute)(settled_fields())
    payment = {"order_id": SHIPPED, "part": "payment"}
    fields = changed("orders", payment, dispute=dispute)(fields)
    if dispute == "open":
        fields = changed("orders", SHIPPED_ORDER, issue=DISPUTE)(fields)

    assert check_settled(snapshot_of(fields)) == []


def test_money_that_the_bank_has_taken_back_is_not_refunded_as_well() -> None:
    fields = changed("provider", {"order_id": CANCELLED}, refunds="[]", dispute="lost")(
        changed("orders", CANCELLED_ORDER, refunded=0)(settled_fields())
    )
    payment = {"order_id": CANCELLED, "part": "payment"}
    snapshot = snapshot_of(changed("orders", payment, dispute="lost")(fields))

    assert check_invariants(snapshot) == []
    assert check_settled(snapshot) == []


@pytest.mark.parametrize(
    "change",
    [
        changed("provider", {"order_id": SHIPPED}, refunds=refund_of(TOTAL, by="dashboard")),
        changed("provider", {"order_id": CANCELLED}, refunds="[]", dispute="won"),
        changed("provider", {"order_id": SHIPPED}, dispute="open"),
    ],
)
def test_change_at_the_provider_breaks_no_invariant_before_its_webhook(change: Corrupt) -> None:
    fields = changed("orders", CANCELLED_ORDER, refunded=0)(settled_fields())

    assert check_invariants(snapshot_of(change(fields))) == []


def test_open_orders_violate_no_invariant_but_are_not_settled() -> None:
    snapshot = snapshot_of(add_open_order(settled_fields()))

    assert check_invariants(snapshot) == []
    assert {it.rule for it in check_settled(snapshot)} == {"L1", "E2", "E3"}
    assert any(it.subject == OPEN for it in check_settled(snapshot))


@pytest.mark.parametrize(("rule", "corrupt"), INVARIANTS.values(), ids=INVARIANTS)
def test_violated_invariant_is_reported(rule: str, corrupt: Corrupt) -> None:
    violations = check_invariants(snapshot_of(corrupt(settled_fields())))

    assert rule in {it.rule for it in violations}, format_violations(violations)


@pytest.mark.parametrize(("rule", "corrupt"), SETTLED.values(), ids=SETTLED)
def test_violation_in_settled_data_is_reported(rule: str, corrupt: Corrupt) -> None:
    violations = check_settled(snapshot_of(corrupt(settled_fields())))

    assert rule in {it.rule for it in violations}, format_violations(violations)


def test_return_that_was_refunded_in_part_and_restocked_is_consistent() -> None:
    snapshot = snapshot_of(with_return(settled_fields()))

    assert check_invariants(snapshot) == []
    assert check_settled(snapshot) == []


@pytest.mark.parametrize(("rule", "corrupt"), RETURN_INVARIANTS.values(), ids=RETURN_INVARIANTS)
def test_violated_invariant_of_returns_is_reported(rule: str, corrupt: Corrupt) -> None:
    violations = check_invariants(snapshot_of(corrupt(with_return(settled_fields()))))

    assert rule in {it.rule for it in violations}, format_violations(violations)


@pytest.mark.parametrize("order_id", [SHIPPED, CANCELLED])
def test_rows_of_an_order_that_is_missing_are_reported_and_stop_nothing(order_id: str) -> None:
    fields = with_return(settled_fields())
    without = removed("orders", order_id=order_id, part="order")(fields)

    assert order_id in {it.subject for it in check_invariants(snapshot_of(without))}
    check_settled(snapshot_of(without))
    check_running(snapshot_of(without), now=TWENTY_MINUTES_LATER)


def test_return_that_does_not_end_is_reported_at_rest_and_when_it_is_overdue() -> None:
    fields = added("orders", *an_open_return(2, status="approved"))(with_return(settled_fields()))
    snapshot = snapshot_of(fields)

    received = changed("orders", {"part": "return#2"}, status="received", amount=1)(fields)
    assert "RT5" in {it.rule for it in check_settled(snapshot_of(received))}
    at_bank = changed("provider", {"order_id": SHIPPED}, dispute="open")(received)
    assert "RT5" not in {it.rule for it in check_settled(snapshot_of(at_bank))}
    early, late = (
        check_running(snapshot, now=TWENTY_MINUTES_LATER + timedelta(minutes=minutes))
        for minutes in (9, 11)
    )
    assert "RT5" not in {it.rule for it in early}
    assert "RT5" in {it.rule for it in late}


def test_event_of_a_return_that_has_just_been_appended_may_be_in_a_queue() -> None:
    waiting = removed("sales", entry=f"{SHIPPED}-0005")
    fields = waiting(with_return(settled_fields(), refunded_at="2031-06-12T12:15:00Z"))
    fields = without_returned_figure(fields)

    assert check_running(snapshot_of(fields), now=TWENTY_MINUTES_LATER) == []
    later = check_running(snapshot_of(fields), now=TWENTY_MINUTES_LATER + timedelta(minutes=6))
    assert {it.rule for it in later} == {"E3"}


# What one closed order can lose, while another order is open and its events are not processed.
LOST_EFFECTS: dict[str, tuple[str, str, Corrupt]] = {
    "publication of an event": (
        "E2",
        "order_paid was never published",
        changed("orders", {"order_id": SHIPPED, "type": "order_paid"}, unpublished="unpublished#0"),
    ),
    "fact": (
        "E3",
        "analytics never processed order_shipped",
        removed("sales", entry=f"{SHIPPED}-0003"),
    ),
    "ledger entry": ("E3", "no entry 'sold'", removed("ledger", entry=ledger_key(SHIPPED, "sold"))),
    "sales figure": ("N1", "stored, the processed events", summed_up(shipped=(0, 0))),
    "email record": (
        "E3",
        "email never processed order_shipped",
        removed("orders", part=f"email#{SHIPPED}-0003#{RECIPIENT}"),
    ),
    "refund": (
        "M3",
        "not refunded",
        changed("provider", {"order_id": CANCELLED}, refunds="[]"),
    ),
}
TWENTY_MINUTES_LATER = datetime(2031, 6, 12, 12, 20, tzinfo=UTC)


def test_orders_at_rest_and_open_orders_have_no_violations() -> None:
    snapshot = snapshot_of(add_open_order(settled_fields()))

    assert check_running(snapshot, now=TWENTY_MINUTES_LATER) == []


@pytest.mark.parametrize(("rule", "message", "lose"), LOST_EFFECTS.values(), ids=LOST_EFFECTS)
def test_lost_effect_of_a_closed_order_is_found_while_others_are_open(
    rule: str, message: str, lose: Corrupt
) -> None:
    snapshot = snapshot_of(lose(add_open_order(settled_fields())))

    violations = check_running(snapshot, now=TWENTY_MINUTES_LATER)

    assert rule in {it.rule for it in violations}
    assert message in format_violations(violations)


def test_order_that_was_closed_minutes_ago_may_still_have_events_in_a_queue() -> None:
    fields = removed("orders", part=f"email#{SHIPPED}-0003#{RECIPIENT}")(settled_fields())

    assert (
        check_running(snapshot_of(fields), now=TWENTY_MINUTES_LATER - timedelta(minutes=11)) == []
    )


def test_effect_may_be_missing_while_its_consumer_has_messages_waiting() -> None:
    fields = removed("orders", part=f"email#{SHIPPED}-0003#{RECIPIENT}")(settled_fields())
    fields["waiting"] = frozenset({"email"})

    assert check_running(snapshot_of(fields), now=TWENTY_MINUTES_LATER) == []


def test_order_that_is_open_for_too_long_is_overdue() -> None:
    snapshot = snapshot_of(add_open_order(settled_fields()))

    violations = check_running(snapshot, now=TWENTY_MINUTES_LATER + timedelta(minutes=31))

    assert [it.message for it in violations if it.rule == "L1"] == [
        "the order is paid for too long."
    ]


def test_charge_captured_after_the_order_was_closed_and_then_refunded_is_no_revenue() -> None:
    """The provider's answer came after the order had been declined."""
    fields = without_paid_events(settled_fields())

    violations = check_settled(snapshot_of(fields))

    assert {it.subject for it in violations if it.rule == "N1"} == {SHIPPED}


def test_sums_may_lack_a_fact_until_its_order_is_at_rest() -> None:
    """The worker crashed before it marked the hour as due: the event will be delivered again."""
    snapshot = snapshot_of(summed_up(shipped=(0, 0))(settled_fields()))

    assert check_invariants(snapshot) == []
    assert check_running(snapshot, now=TWENTY_MINUTES_LATER - timedelta(minutes=11)) == []
    assert {it.rule for it in check_running(snapshot, now=TWENTY_MINUTES_LATER)} == {"N1"}
    assert {it.rule for it in check_settled(snapshot)} == {"N1"}


def test_event_of_an_earlier_version_has_a_marker_beside_its_fact() -> None:
    marker = {"order_id": SHIPPED, "part": f"processed#analytics#{SHIPPED}-0003"}
    snapshot = snapshot_of(added("orders", marker)(settled_fields()))

    assert [*check_invariants(snapshot), *check_settled(snapshot)] == []


def test_hour_that_is_due_may_have_sums_that_lack_its_facts() -> None:
    fields = due(summed_up(shipped=(0, 0), paid=(1, TOTAL))(settled_fields()))

    assert check_settled(snapshot_of(fields)) == check_invariants(snapshot_of(fields)) == []


def test_some_of_the_orders_can_prove_that_a_sales_figure_is_too_small() -> None:
    fields = settled_fields() | {"has_all_orders": False}
    fields["orders"] = [row for row in fields["orders"] if row["order_id"] == SHIPPED]
    fields["ledger"] = [row for row in fields["ledger"] if row.get("order_id") == SHIPPED]
    fields |= {"provider": [an_intent(SHIPPED)], "emails": None, "queues": None, "responses": ()}

    assert check_running(snapshot_of(fields), now=TWENTY_MINUTES_LATER) == []

    too_small = summed_up(shipped=(0, TOTAL))(fields)
    assert {it.rule for it in check_running(snapshot_of(too_small), now=TWENTY_MINUTES_LATER)} == {
        "N1"
    }


@pytest.mark.parametrize(
    ("part", "skipped"),
    [
        (f"email#{CANCELLED}-0001#{RECIPIENT}", "outdated"),
        (f"email#{CANCELLED}-0001#{RECIPIENT}", "limited"),
        (f"email#{SHIPPED}-0003#{RECIPIENT}", "refused"),
    ],
)
def test_email_may_be_skipped_if_it_is_outdated_limited_or_its_address_is_refused(
    part: str, skipped: str
) -> None:
    fields = changed("orders", {"part": part}, sent=False, skipped=skipped)(settled_fields())
    event_id = part.split("#")[1]
    fields["emails"] = [it for it in fields["emails"] if it.event_id != event_id]

    assert check_settled(snapshot_of(fields)) == []


def test_duplicate_email_is_allowed_if_its_worker_crashed_while_sending() -> None:
    fields = added("emails", EMAIL)(settled_fields())
    fields["may_duplicate"] = frozenset({EMAIL.event_id})

    assert check_invariants(snapshot_of(fields)) == []


def test_data_that_cannot_be_read_is_not_checked() -> None:
    unreadable = ("emails", "queues", "media", "uploads", "prices")
    fields = settled_fields() | dict.fromkeys(unreadable) | {"poison_messages": ()}

    assert check_invariants(snapshot_of(fields)) == []
    assert check_settled(snapshot_of(fields)) == []


def test_violation_is_formatted_as_one_line() -> None:
    fields = added("provider", an_intent(SHIPPED, record_id="intent#2"))(settled_fields())

    assert f"M1 {SHIPPED}: charged 2 times" in format_violations(
        check_invariants(snapshot_of(fields))
    )


def test_verifier_imports_no_business_rule_and_no_aws_client() -> None:
    for path in sorted((ROOT / "app/verification").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                module = str(node.module)
                own = module.startswith("app.verification")
                assert own or not module.startswith(
                    ("app", "workers", "workflow", "infra", "boto")
                ), f"{path.name} imports {module}"


def test_order_whose_personal_data_was_erased_needs_no_record_of_its_emails() -> None:
    without_record = removed("orders", part=f"email#{SHIPPED}-0003#{RECIPIENT}")(settled_fields())
    erase = changed("orders", {"order_id": SHIPPED, "part": "order"}, erasure="contact")

    assert check_settled(snapshot_of(erase(without_record))) == []
    assert check_settled(snapshot_of(without_record)) != []
