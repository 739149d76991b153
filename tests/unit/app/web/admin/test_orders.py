from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from app.orders.issues import open_issue
from app.orders.models import Order
from app.orders.queries import load_order_details
from app.orders.review import decide_review
from app.orders.transitions import find_order
from tests.builders import NOON, an_issue, an_order, an_order_in_status, audit_log_entries
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.admin.test_disputed_orders import a_disputed_order, decide
from tests.unit.app.web.pages import FRAGMENT_HEADERS, heading, input_values, page_text

BOARD_OF_NOON = f"/admin?day={NOON:%Y-%m-%d}"


def _path(order: Order, rest: str = "") -> str:
    return f"/admin/orders/{order.order_id}{rest}"


# --- board and search -----------------------------------------------------------------------


def _column(page: str, name: str) -> str:
    return next(part for part in page.split("<section ") if f"</span> {name}</h2>" in part)


@pytest.mark.usefixtures("empty_board")
@pytest.mark.parametrize(
    ("status", "column"),
    [
        ("placed", "New"),
        ("reviewing", "To review"),
        ("paying", "Paying"),
        ("paid", "Packing"),
        ("shipping", "Shipping or refunding"),
        ("refunding", "Shipping or refunding"),
        ("releasing", "Shipping or refunding"),
    ],
)
def test_order_board_shows_each_open_order_in_the_column_of_its_status(
    merchant: TestClient, status: str, column: str
) -> None:
    order = an_order_in_status(status)

    page = merchant.get("/admin").text

    assert order.order_id in _column(page, column)
    assert page.count(_path(order)) == 1


@pytest.mark.usefixtures("empty_board")
def test_order_with_an_issue_is_only_in_the_column_needs_attention(merchant: TestClient) -> None:
    order = an_order_in_status("paying")
    open_issue(order.order_id, an_issue())

    answer = merchant.get("/admin")

    assert order.order_id in _column(answer.text, "Needs attention")
    assert "The payment could not be completed." in answer.text
    assert "1 needs attention" in page_text(answer)
    assert answer.text.count(_path(order)) == 1


@pytest.mark.usefixtures("empty_board")
def test_disputed_order_needs_attention_until_the_bank_has_decided(merchant: TestClient) -> None:
    """It was closed weeks ago, so that no list of a day's orders shows it."""
    order = a_disputed_order()
    assert order.order_id in _column(merchant.get("/admin").text, "Needs attention")

    decide(order, won=True)

    assert order.order_id not in merchant.get("/admin").text


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_order_board_shows_closed_orders_by_day(merchant: TestClient, status: str) -> None:
    """On a day without orders of other tests, since the board shows only the first of a day."""
    quiet_day = NOON - timedelta(days=500)
    order = an_order_in_status(status, now=quiet_day)

    assert order.order_id in merchant.get(f"/admin?day={quiet_day:%Y-%m-%d}").text
    assert order.order_id not in merchant.get("/admin").text


def test_order_board_polls_for_the_day_it_shows(merchant: TestClient) -> None:
    fragment = merchant.get(BOARD_OF_NOON, headers=FRAGMENT_HEADERS).text

    assert fragment.lstrip().startswith('<div id="board"')
    assert f'hx-get="{BOARD_OF_NOON}"' in fragment
    assert "<html" not in fragment


@pytest.mark.parametrize("day", ["yesterday", "2031-02-30", "0001-01-01", "9999-12-31"])
def test_invalid_day_is_rejected(merchant: TestClient, day: str) -> None:
    assert merchant.get("/admin", params={"day": day}).status_code == 422


def test_order_is_found_by_number_and_by_id(merchant: TestClient) -> None:
    order = an_order(now=datetime.now(UTC))

    for text in (order.number, f" {order.number.lower()} ", order.order_id):
        answer = merchant.get("/admin", params={"find": text})

        assert (answer.status_code, answer.headers["location"]) == (303, _path(order))


def test_orders_are_found_by_email_address(merchant: TestClient) -> None:
    orders = [an_order(), an_order()]

    page = merchant.get("/admin", params={"find": "Ada@Potter.example"}).text

    assert all(order.number in page for order in orders)


@pytest.mark.parametrize(
    "text", ["HC-20310101-00000-00000", "HC-0101-00000", "unknown@nowhere.example", "?", "<b>"]
)
def test_search_without_a_match_says_so(merchant: TestClient, text: str) -> None:
    answer = merchant.get("/admin", params={"find": text})

    assert answer.status_code == 200
    assert heading(answer).startswith("No orders for")
    assert f"“{text}”" in page_text(answer)


# --- one order ------------------------------------------------------------------------------


def test_order_page_shows_timeline_payment_and_address(merchant: TestClient) -> None:
    order = an_order_in_status("shipped")

    page = page_text(merchant.get(_path(order)))

    for text in ("Placed", "Paid", "Shipped", "order_placed not published yet", order.number):
        assert text in page
    assert str(find_order(order.order_id).tracking_code) in page
    assert "captured" in page
    assert "12 Kiln Row" in page


def test_issue_is_described_on_the_order_page_and_the_board(merchant: TestClient) -> None:
    order = an_order_in_status("paying")
    open_issue(order.order_id, an_issue(error="Runtime.HandlerError"))

    page, board = page_text(merchant.get(_path(order))), page_text(merchant.get("/admin"))

    assert "The payment could not be completed." in page
    assert "Charge: Runtime.HandlerError" in page
    assert "The payment could not be completed." in board
    assert "Runtime.HandlerError" not in board


def test_issue_text_suggests_cancelling_only_if_it_is_possible(merchant: TestClient) -> None:
    order = an_order_in_status("paying")
    open_issue(order.order_id, an_issue())
    before = page_text(merchant.get(_path(order)))

    merchant.post(_path(order, "/cancel"))

    after = page_text(merchant.get(_path(order)))
    assert "You can also cancel the order" in before
    assert "You can also cancel the order" not in after


def test_restart_button_of_an_issue_makes_the_next_check_due_at_once(
    merchant: TestClient,
) -> None:
    order = an_order_in_status("paying")
    open_issue(order.order_id, an_issue())
    order.update(actions=[Order.next_check_at.set(NOON), Order.checks.set(9)])
    assert _path(order, "/restart") in merchant.get(_path(order)).text

    for _ in ("pressed", "pressed twice"):
        answer = merchant.post(_path(order, "/restart"))
        assert (answer.status_code, answer.headers["location"]) == (303, _path(order))

    restarted = find_order(order.order_id)
    assert restarted.next_check_at
    assert restarted.next_check_at <= datetime.now(UTC)
    assert restarted.checks is None
    (entry, _) = audit_log_entries(_path(order), now=datetime.now(UTC))
    assert entry.summary == f"Restarted the workflow of order {order.number}"


@pytest.mark.parametrize("status", ["shipped", "declined", "cancelled"])
def test_workflow_of_a_closed_order_is_not_restarted(merchant: TestClient, status: str) -> None:
    order = an_order_in_status(status)

    answer = merchant.post(_path(order, "/restart"))

    assert answer.status_code == 409
    assert "This order is closed; its workflow has ended." in page_text(answer)
    assert find_order(order.order_id).next_check_at is None


def test_merchant_approves_an_order(merchant: TestClient) -> None:
    order = an_order_in_status("reviewing")

    answer = merchant.post(_path(order, "/decision"), data={"decision": "approved"})

    assert (answer.status_code, answer.headers["location"]) == (303, _path(order))
    review = load_order_details(order.order_id).review
    assert review
    assert (review.decision, review.decided_by) == ("approved", MERCHANT)
    assert "Approved" in page_text(merchant.get(_path(order)))


def test_merchant_rejects_an_order_with_a_comment(merchant: TestClient) -> None:
    order = an_order_in_status("reviewing")

    form = {"decision": "rejected", "comment": "too far"}
    merchant.post(_path(order, "/decision"), data=form)

    closed = find_order(order.order_id)
    assert (closed.status, closed.close_reason) == ("cancelled", "review_rejected")
    assert "too far" in page_text(merchant.get(_path(order)))


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("", "Enter a reason for the customer."),
        ("   ", "Enter a reason for the customer."),
        ("x" * 301, "Enter a reason for the customer with at most 300 characters."),
        ("two\nlines", "Enter a reason for the customer on one line."),
    ],
)
def test_rejection_without_a_valid_comment_changes_nothing(
    merchant: TestClient, comment: str, message: str
) -> None:
    order = an_order_in_status("reviewing")

    form = {"decision": "rejected", "comment": comment}
    answer = merchant.post(_path(order, "/decision"), data=form)

    assert answer.status_code == 422
    assert message in page_text(answer)
    assert 'id="comment-error"' in answer.text
    assert find_order(order.order_id).status == "reviewing"


@pytest.mark.parametrize("decision", ["", "maybe", "APPROVED"])
def test_unknown_decision_is_rejected(merchant: TestClient, decision: str) -> None:
    order = an_order_in_status("reviewing")

    answer = merchant.post(_path(order, "/decision"), data={"decision": decision})

    assert answer.status_code == 422
    assert find_order(order.order_id).status == "reviewing"


def test_second_decision_is_a_conflict(merchant: TestClient) -> None:
    order = an_order_in_status("reviewing")
    decide_review(order.order_id, "approved", "another@hearth.example", "", now=NOON)

    form = {"decision": "rejected", "comment": "too far"}
    answer = merchant.post(_path(order, "/decision"), data=form)

    assert answer.status_code == 409
    assert "This order has already been decided." in page_text(answer)
    assert "another@hearth.example" in page_text(answer)
    assert find_order(order.order_id).status == "reviewing"


def test_merchant_cancels_an_order_with_a_reason_code(merchant: TestClient) -> None:
    order = an_order_in_status("placed")

    answer = merchant.post(_path(order, "/cancel"))

    assert answer.status_code == 303
    closed = find_order(order.order_id)
    assert (closed.status, closed.close_reason) == ("cancelled", "merchant_request")


def test_shipped_order_cannot_be_cancelled(merchant: TestClient) -> None:
    order = an_order_in_status("shipped")

    answer = merchant.post(_path(order, "/cancel"))

    assert answer.status_code == 409
    assert "can no longer be cancelled" in page_text(answer)


def test_page_of_an_open_order_polls_and_that_of_a_closed_order_does_not(
    merchant: TestClient,
) -> None:
    open_order, closed = an_order_in_status("paid"), an_order_in_status("shipped")

    assert 'hx-trigger="every 2s"' in merchant.get(_path(open_order)).text
    assert "hx-trigger" not in merchant.get(_path(closed), headers=FRAGMENT_HEADERS).text


def test_polling_renders_summary_and_actions_only_after_a_change(merchant: TestClient) -> None:
    order = an_order_in_status("paid")
    shown = f"paid-{order.event_count}"

    def fragment(query: str) -> str:
        return str(merchant.get(_path(order, query), headers=FRAGMENT_HEADERS).text)

    unchanged = fragment(f"?shown={shown}&actions=cancel_and_refund")
    transitioned = fragment("?shown=paying-1&actions=cancel_and_refund")
    other_actions = fragment(f"?shown={shown}&actions=review")

    blocks = ('id="timeline"', 'id="order-summary"', 'id="actions"')
    assert [block in unchanged for block in blocks] == [True, False, False]
    assert [block in transitioned for block in blocks] == [True, True, False]
    assert [block in other_actions for block in blocks] == [True, False, True]


@pytest.mark.parametrize("order_id", ["0" * 26, "x", "0" * 27, "%00"])
def test_unknown_order_is_not_found(merchant: TestClient, order_id: str) -> None:
    assert merchant.get(f"/admin/orders/{order_id}").status_code == 404
    assert merchant.post(f"/admin/orders/{order_id}/cancel").status_code == 404


def test_decision_and_cancellation_are_in_the_audit_log(merchant: TestClient) -> None:
    approved, cancelled = an_order_in_status("reviewing"), an_order_in_status("placed")

    merchant.post(_path(approved, "/decision"), data={"decision": "approved"})
    merchant.post(_path(cancelled, "/cancel"))

    for order, action in ((approved, "Approved order"), (cancelled, "Cancelled order")):
        (change,) = audit_log_entries(_path(order), now=datetime.now(UTC))
        assert (change.summary, change.by) == (f"{action} {order.number}", MERCHANT)


# --- notes ----------------------------------------------------------------------------------


def _write_note(merchant: TestClient, order: Order, note: str) -> int:
    note_id = input_values(merchant.get(_path(order)))["note_id"]
    form = {"note": note, "note_id": note_id}
    return int(merchant.post(_path(order, "/notes"), data=form).status_code)


def test_note_is_shown_with_its_lines_and_author(merchant: TestClient) -> None:
    order = an_order()

    assert _write_note(merchant, order, "Called back.\r\n<b>Angry</b>") == 303

    page = merchant.get(_path(order))
    assert "Called back.<br>&lt;b&gt;Angry&lt;/b&gt;" in page.text
    assert MERCHANT in page_text(page)


@pytest.mark.parametrize("note", ["", "  \n ", "x" * 1_001, "a\x00b", "4111 1111 1111 1111"])
def test_invalid_note_is_not_saved(merchant: TestClient, note: str) -> None:
    order = an_order()

    assert _write_note(merchant, order, note) == 422
    assert load_order_details(order.order_id).notes == ()


def test_form_keeps_a_note_that_is_too_long(merchant: TestClient) -> None:
    order, form = an_order(), {"note": "x" * 1_001, "note_id": "0" * 26}

    answer = merchant.post(_path(order, "/notes"), data=form)

    assert 'id="note-error"' in answer.text
    assert "x" * 1_001 in answer.text


def test_note_requires_the_idempotency_id_of_its_form(merchant: TestClient) -> None:
    answer = merchant.post(_path(an_order(), "/notes"), data={"note": "Hm.", "note_id": "../x"})

    assert answer.status_code == 422


def test_note_is_not_part_of_the_timeline(merchant: TestClient) -> None:
    order = an_order()
    _write_note(merchant, order, "A difficult person.")

    details = load_order_details(order.order_id)
    assert "A difficult person." not in [entry.text for entry in details.timeline_entries]
