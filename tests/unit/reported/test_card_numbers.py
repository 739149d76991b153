"""The Luhn check alone takes barcodes for payment card numbers: pii-shield#209."""

import random
from collections.abc import Callable
from functools import partial
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.card_numbers import GROUPINGS, has_card_number
from app.catalog.product_fields import VARIANT_READERS
from app.form_fields import Reader, read_identifier, read_line, read_optional_line, read_text

SAMPLES = 5_000
# Test numbers of the payment providers: https://docs.stripe.com/testing#cards,
# https://docs.adyen.com/development-resources/test-cards-and-credentials/test-card-numbers
CARDS = {
    "Visa": ("4242424242424242", "4000056655665556", "4111111111111111"),
    "Mastercard": ("5555555555554444", "2223003122003222", "5105105105105100"),
    "American Express": ("378282246310005", "371449635398431", "343434343434343"),
    "Discover": ("6011111111111117", "6011000990139424", "6445644564456445"),
    "Diners Club": ("3056930009020004", "36227206271667", "38520000023237"),
    "JCB": ("3566002020360505", "3530111333300000"),
    "UnionPay": ("6200000000000005", "6200000000000047", "6205500000000000004"),
    "Maestro": ("6759649826438453", "6304000000000000", "6771798021000008"),
}
ALL_CARDS = [card for cards in CARDS.values() for card in cards]
FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
type Generator = Callable[[random.Random], str]


def in_fours(text: str, separator: str = " ") -> str:
    return separator.join(text[place : place + 4] for place in range(0, len(text), 4))


def as_printed(card: str, separator: str) -> str:
    if len(card) == 15:
        return separator.join((card[:4], card[4:10], card[10:]))
    return in_fours(card, separator)


@pytest.mark.parametrize("card", ALL_CARDS)
@pytest.mark.parametrize("separator", ["", " ", "-", "\u00a0", "\u2009", "\u2011", " - ", "."])
def test_card_numbers_of_every_brand_are_found(card: str, separator: str) -> None:
    printed = as_printed(card, separator)

    assert has_card_number(printed)
    assert has_card_number(printed.translate(FULLWIDTH))
    assert has_card_number(f"Room 589: {printed}, 12/29, 123")


@pytest.mark.parametrize(
    "text",
    [
        *("Room 589 4242424242424242", "4242 4242 4242 4242 7", "7-4242-4242-4242-4242 12"),
        *("5890 4242 4242 4242 4242", "4242 4242 4242 4242 1229 123", "card4242424242424242"),
        *("4242\u200b4242\u200b4242\u200b4242", "42424242 42424242", "3782-8224-6310-005"),
        *("٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "DE89 4242 4242 4242 4242", "3056 930902 5904"),
    ],
)
def test_card_numbers_are_found_inside_other_text(text: str) -> None:
    assert has_card_number(text)


def digits(source: random.Random, count: int) -> str:
    return "".join(source.choices("0123456789", k=count))


def ean(source: random.Random, prefix: str = "", length: int = 13) -> str:
    """GTIN with its check digit: https://www.gs1.org/services/how-calculate-check-digit-manually"""
    body = prefix + digits(source, length - 1 - len(prefix))
    weighted = sum(int(d) * (3 - place % 2 * 2) for place, d in enumerate(reversed(body)))
    return body + str(-weighted % 10)


def printed_ean(source: random.Random) -> str:
    code = ean(source)
    return f"{code[0]} {code[1:7]} {code[7:]}"


def iban(source: random.Random) -> str:
    country, length = source.choice(
        [("DE", 22), ("AT", 20), ("CH", 21), ("ES", 24), ("PL", 28), ("BE", 16), ("DK", 18)]
    )
    account = digits(source, length - 4)
    remainder = int("".join(str(int(it, 36)) for it in f"{account}{country}00")) % 97
    return f"{country}{98 - remainder:02}{account}"


def phone(source: random.Random) -> str:
    number = digits(source, source.randint(7, 11))
    country = source.choice(["+49", "+43", "+39", "+36", "+1", "0049", "0036"])
    split = source.randint(2, 4)
    return f"{country} {number[:split]} {number[split:]}"


def isbn(source: random.Random) -> str:
    number = ean(source, source.choice(["978", "979"]))
    return "-".join((number[:3], number[3], number[4:8], number[8:12], number[12]))


def order_number(source: random.Random) -> str:
    """Like those of Amazon, eBay, PayPal and this shop."""
    return source.choice(
        [
            f"{digits(source, 3)}-{digits(source, 7)}-{digits(source, 7)}",
            f"{digits(source, 2)}-{digits(source, 5)}-{digits(source, 5)}",
            f"HC-{digits(source, 4)}-{digits(source, 5)}",
            f"#{digits(source, 10)}",
        ]
    )


def imei(source: random.Random) -> str:
    """The number of a phone: always 15 digits that pass the Luhn check."""
    body = source.choice(["35", "86"]) + digits(source, 12)
    doubled = [int(d) * (2 - place % 2) for place, d in enumerate(reversed(body))]
    return body + str(-sum(n - 9 if n > 9 else n for n in doubled) % 10)


NEVER_CARDS: dict[str, Generator] = {
    "EAN-13": ean,
    "EAN-13 as printed": printed_ean,
    "EAN-13 with a quantity": lambda it: f"{ean(it)} {it.randint(1, 99)}",
    "EAN-8": lambda it: ean(it, length=8),
    "ISBN": isbn,
    "IBAN": iban,
    "IBAN in groups of four": lambda it: f"IBAN {in_fours(iban(it))}, Ada Potter",
    "IBAN in small letters": lambda it: in_fours(iban(it)).lower(),
    "DHL, 12 digits": lambda it: digits(it, 12),
    "DHL, 20 digits": lambda it: "0034" + digits(it, 16),
    "DHL, 20 digits in fours": lambda it: in_fours("0034" + digits(it, 16)),
    "DHL, JJD": lambda it: "JJD01" + digits(it, 16),
    "UPS": lambda it: f"1Z{digits(it, 3)}AA{digits(it, 11)}",
    "UPS in groups": lambda it: f"1Z {digits(it, 3)} AA{digits(it, 1)} 01 {digits(it, 4)} 6784",
    "FedEx, 12 digits": lambda it: in_fours(digits(it, 12)),
    "FedEx, 22 digits in fours": lambda it: in_fours("9612" + digits(it, 18)),
    "USPS, 22 digits in fours": lambda it: in_fours("94" + digits(it, 20)),
    "phone": phone,
    "phone without blanks": lambda it: "+" + digits(it, it.randint(9, 15)),
    "order number": order_number,
    "time stamp": lambda it: f"20{it.randint(20, 29)}{digits(it, 10)}",
    "IMEI": imei,
}


@pytest.mark.parametrize("kind", NEVER_CARDS)
def test_other_numbers_are_never_card_numbers(kind: str) -> None:
    """0 of 5,000 of each kind; before, about 10 % of these and 34 % of grouped IBANs."""
    source = random.Random(kind)
    numbers = [NEVER_CARDS[kind](source) for _ in range(SAMPLES)]

    assert [number for number in numbers if has_card_number(number)] == []


SELDOM_CARDS: dict[str, tuple[Generator, float]] = {
    "FedEx, 15 digits": (lambda it: digits(it, 15), 0.004),
    "GTIN-14": (lambda it: ean(it, length=14), 0.006),
    "any 16 digits": (lambda it: digits(it, 16), 0.04),
}


@pytest.mark.parametrize("kind", SELDOM_CARDS)
def test_bare_digits_are_seldom_card_numbers(kind: str) -> None:
    """Without any grouping these are card numbers to every reader: the share is bounded."""
    generate, bound = SELDOM_CARDS[kind]
    source = random.Random(kind)

    assert sum(has_card_number(generate(source)) for _ in range(SAMPLES)) < bound * SAMPLES


HOSTILE = {
    "digits": "4",
    "digits and blanks": "4 ",
    "groups of four": "4242 ",
    "groups of a card": "3782 822463 ",
    "fullwidth digits": "４２４２ ",
    "account numbers": "DE89 3704 ",
    "single letters": "A ",
    "blanks": " ",
    "dashes": "4--",
    "hidden characters": "4\u200b",
}


def seconds_for(text: str) -> float:
    times = []
    for _ in range(3):
        started = process_time()
        has_card_number(text)
        times.append(process_time() - started)
    return min(times)


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_for_hostile_text_is_linear(kind: str) -> None:
    """Sixteen times the text takes 16 times as long, and 256 times if the time is quadratic."""
    unit = HOSTILE[kind]
    small, _, large = (
        seconds_for((unit * kilobytes * 1024)[: kilobytes * 1024]) for kilobytes in (4, 16, 64)
    )

    assert large < 64 * max(small, 0.001)


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_card_number_between_words_is_found(before: str, after: str) -> None:
    assert has_card_number(f"{before}\n4242 4242 4242 4242\n{after}")


def test_groupings_are_possible_lengths() -> None:
    assert all(14 <= sum(lengths) <= 19 for lengths in GROUPINGS)


@pytest.mark.parametrize("text", ["4006381333931", "DE89 3704 0044 0532 0130 00"])
def test_free_text_may_contain_other_numbers(text: str) -> None:
    assert read_line(text) == text


@pytest.mark.parametrize("read", [read_line, read_optional_line, partial(read_text, max_length=99)])
def test_every_reader_of_free_text_rejects_card_numbers(read: Reader) -> None:
    with pytest.raises(ValueError, match="card number"):
        read("paid with \uff14\uff12\uff14\uff12 4242 4242 4242")


@pytest.mark.parametrize("sku", ["4242424242424242", "4111-1111-1111-1111"])
def test_sku_may_look_like_a_card_number(sku: str) -> None:
    assert read_identifier(sku) == sku
    assert VARIANT_READERS["sku"](sku) == sku


def test_card_number_after_a_word_that_looks_like_the_start_of_an_iban_is_found() -> None:
    """`MV40 4424 2424 ...` would pass the check of IBANs, but `w3mv404` is no account."""
    assert has_card_number("canary01m8gf89jp2zjwnywz2w3mv404 4242424242424242")


@pytest.mark.parametrize("digit", ["\u00b2", "\u2460", "\u2080", "\u0b72"], ids=ascii)
def test_superscript_and_circled_digits_are_no_digits_of_a_card(digit: str) -> None:
    """`str.isdigit` knows them as digits, but `int` does not."""
    assert not has_card_number(f"4111 {digit * 4} 1111 1111")
    assert has_card_number(f"4111 1111 1111 1111 {digit}")
