"""What one attacker sends, again and again, from one network and with forged forwarding headers."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx
from ulid import ULID

LURE = "You won EUR 500! https://evil.example"
MAX_QUANTITY = 10  # of one line
GRABBED_SKUS = 3  # for 30 units in each order
DIGITS_OF_A_FIELD = 9_990  # just below the limit of each field
FIELDS = ("name", "street", "street2", "city", "district", "company", "phone", "delivery_note")


@dataclass
class Answers:
    """The answers to one attack, by status, and the ids of the orders that were placed."""

    statuses: Counter[int] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.statuses.total()


@dataclass(frozen=True)
class Attacker:
    """One network. ``skus`` are the products whose stock it grabs; addresses contain the tag."""

    client: httpx.Client
    skus: Sequence[str]
    tag: str
    answers: dict[str, Answers]
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    def send(self, attack: str, path: str, **request: object) -> None:
        """Send one request, and count what was answered; no answer counts as status 0."""
        answers = self.answers.setdefault(attack, Answers())
        headers = {"X-Forwarded-For": self._forged_address(), **_headers(path)}
        try:
            response = self.client.post(path, headers=headers, **request)  # type: ignore[arg-type]
        except httpx.HTTPError:
            answers.statuses[0] += 1
            return
        answers.statuses[response.status_code] += 1
        if path == "/api/orders" and response.status_code == 201:
            answers.orders.append(response.json()["order_id"])
        self.client.cookies.clear()

    def _forged_address(self) -> str:
        return f"203.0.113.{self.rng.randrange(256)}"


def _headers(path: str) -> dict[str, str]:
    return {"Idempotency-Key": str(ULID())} if path == "/api/orders" else {}


def grab_reservations(attacker: Attacker) -> None:
    """An order of 30 units, which is reviewed before it is charged, and so holds them unpaid."""
    skus = attacker.skus[:GRABBED_SKUS]
    attacker.send(
        "Reservation grab", "/api/orders", json=_order(attacker, skus, MAX_QUANTITY, "pm_succeeds")
    )


def relay_emails(attacker: Attacker) -> None:
    """An order that will be declined, so that the shop sends a stranger our text for nothing."""
    attacker.send(
        "Email relay", "/api/orders", json=_order(attacker, attacker.skus[:1], 1, "pm_declined")
    )


def flood_sign_in(attacker: Attacker) -> None:
    """Sign-in links: one in four to the same address."""
    is_victim = attacker.rng.random() < 0.25
    name = "victim" if is_victim else str(ULID()).lower()
    email = f"{name}@{flood_domain(attacker.tag)}"
    attacker.send("Sign-in flood", "/sign-in", data={"email": email, "next": "/"})


def flood_digits(attacker: Attacker) -> None:
    """A form whose fields are as many digits as a field may have, or all that a body may have."""
    is_one_field = attacker.rng.random() < 0.5
    length = 200_000 if is_one_field else DIGITS_OF_A_FIELD
    fields = FIELDS[:1] if is_one_field else FIELDS
    form = dict.fromkeys(fields, "4242 " * (length // 5))
    attacker.send("Digit flood", "/checkout", data={**form, "country": "DE"})


ATTACKS: tuple[Callable[[Attacker], None], ...] = (
    relay_emails,
    grab_reservations,
    flood_sign_in,
    flood_digits,
)


def victim(tag: str) -> str:
    """A stranger's address, which is not verified."""
    return f"victim-{tag}@stranger.example"


def flood_domain(tag: str) -> str:
    return f"{tag}.flood.example"


def _order(
    attacker: Attacker, skus: Sequence[str], quantity: int, payment_method: str
) -> dict[str, object]:
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku in skus],
        "email": victim(attacker.tag),
        "address": {
            "name": LURE,
            "street": "Torstraße 1",
            "postal_code": "10119",
            "city": "Berlin",
            "country": "DE",
        },
        "payment_method": payment_method,
    }
