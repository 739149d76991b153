import pytest
from fastapi.testclient import TestClient

from app.orders.compensation import open_case
from app.orders.models import Order
from app.orders.queries import story_of
from app.web.admin.order_issues import case_words
from tests.builders import NOON, an_order, an_order_that_is
from tests.fake_clouds import MERCHANT
from tests.unit.app.web.pages import typed, words


def _path(order: Order) -> str:
    return f"/desk/orders/{order.order_id}"


def _write(merchant: TestClient, order: Order, note: str) -> int:
    note_id = typed(merchant.get(_path(order)))["note_id"]
    form = {"note": note, "note_id": note_id}
    return int(merchant.post(f"{_path(order)}/notes", data=form).status_code)


def test_a_note_is_read_with_its_lines_and_its_author(merchant: TestClient) -> None:
    order = an_order()

    assert _write(merchant, order, "Called back.\r\n<b>Angry</b>") == 303

    page = merchant.get(_path(order))
    assert "Called back.<br>&lt;b&gt;Angry&lt;/b&gt;" in page.text
    assert MERCHANT in words(page)


@pytest.mark.parametrize("note", ["", "  \n ", "x" * 1_001, "a\x00b", "4111 1111 1111 1111"])
def test_what_cannot_be_a_note_is_refused(merchant: TestClient, note: str) -> None:
    order = an_order()

    assert _write(merchant, order, note) == 422
    assert story_of(order.order_id).notes == ()


def test_a_note_too_long_is_not_lost(merchant: TestClient) -> None:
    order, form = an_order(), {"note": "x" * 1_001, "note_id": "0" * 26}

    answer = merchant.post(f"{_path(order)}/notes", data=form)

    assert 'id="note-error"' in answer.text
    assert "x" * 1_001 in answer.text


def test_a_note_needs_the_id_of_its_form(merchant: TestClient) -> None:
    answer = merchant.post(f"{_path(an_order())}/notes", data={"note": "Hm.", "note_id": "../x"})

    assert answer.status_code == 422


def test_the_customer_never_reads_a_note(merchant: TestClient, browser: TestClient) -> None:
    order = an_order()
    _write(merchant, order, "A difficult person.")

    story = story_of(order.order_id)
    assert "A difficult person." not in [fact.text for fact in story.facts]


def test_a_case_of_the_workflow_is_told_in_a_merchants_words(merchant: TestClient) -> None:
    order = an_order_that_is("paying")
    reason = "The step Charge did not succeed: Runtime.HandlerError."
    open_case(order.order_id, reason, "workflow", now=NOON)

    page, board = words(merchant.get(_path(order))), words(merchant.get("/desk"))

    assert "The payment could not be settled." in page
    assert "Charge: Runtime.HandlerError" in page
    assert "The payment could not be settled." in board
    assert "Runtime.HandlerError" not in board


def test_a_reason_that_is_known_is_named() -> None:
    words_of_it = case_words("The step Ship did not succeed: CarrierUnavailable.")

    assert words_of_it.advice.startswith("We tried several times: the carrier did not answer.")


def test_a_step_nobody_has_words_for_is_named_as_it_is() -> None:
    assert case_words("The step Glaze did not succeed: Boom.").said == (
        "The step “Glaze” did not succeed."
    )


def test_a_case_that_is_a_sentence_stays_one() -> None:
    assert case_words("The provider is silent.").said == "The provider is silent."
