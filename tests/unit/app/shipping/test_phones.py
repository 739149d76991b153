import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.card_numbers import has_card_number
from app.shipping.phones import InvalidPhone, is_phone_required, read_phone


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+49 30 1234567", "+49 30 1234567"),
        (" +49 (0)30/123 45 67 ", "+49 (0)30/123 45 67"),
        ("030-1234567", "030-1234567"),
        ("0044 20 7946 0958", "0044 20 7946 0958"),
        ("+1 (217) 555‑0123", "+1 (217) 555‐0123"),
        ("٠٣٠ ١٢٣٤٥٦٧", "030 1234567"),
        ("+81 3-1234-5678", "+81 3-1234-5678"),
    ],
)
def test_phone_number_is_kept_as_it_was_typed(text: str, kept: str) -> None:
    assert read_phone(text) == kept
    assert read_phone(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "1234",
        "call me",
        "+49 30 1234567 ext 5",
        "+" + "1" * 16,
        "1" * 14,
        "++49301234567",
        "+",
        "()",
    ],
)
def test_text_that_is_no_phone_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidPhone):
        read_phone(text)


@pytest.mark.parametrize(
    "card", ["4242424242424242", "4242 4242 4242 4242", "378282246310005", "30569309025904"]
)
def test_card_number_is_no_phone_number(card: str) -> None:
    with pytest.raises(InvalidPhone):
        read_phone(card)


@given(st.text("0123456789+ ()-/", max_size=30))
def test_no_text_that_is_read_as_a_phone_number_has_a_card_number(text: str) -> None:
    try:
        kept = read_phone(text)
    except InvalidPhone:
        return
    assert not has_card_number(kept) or kept.startswith("+")


@pytest.mark.parametrize(
    ("country", "required"),
    [("DE", False), ("FR", False), ("CH", True), ("GB", True), ("US", True), ("JP", True)],
)
def test_carrier_needs_a_phone_number_outside_the_eu(country: str, *, required: bool) -> None:
    assert is_phone_required(country) == required
