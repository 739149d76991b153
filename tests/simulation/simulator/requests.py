"""Somebody presses a button of the web door, and presses again if no answer comes."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from app.catalog.models import Product
from app.customers.models import hashed
from app.customers.sessions import start_session
from app.orders.models import Order
from tests.builders import NOON, a_product, an_order, sku_of
from tests.fake_clouds import MERCHANT
from tests.simulation.simulator.crash_runs import Mortal
from tests.simulation.simulator.crashes import Death
from tests.simulation.simulator.rows import rows_in, traces
from tests.simulation.simulator.run import Result
from tests.simulation.simulator.web import Browser, Form

CUSTOMER = "ada@potter.example"


@dataclass
class Shop:
    """What is there before the button is pressed."""

    play: Mortal
    product: Product = field(default_factory=lambda: a_product(pieces=9, variants=2))

    def __post_init__(self) -> None:
        self.play.cloud.prices[sku_of(self.product)] |= {self.product.price}
        self.guest = self._browser("guest")
        self.customer = self._browser("customer", CUSTOMER)
        self.merchant = self._browser("merchant", MERCHANT)

    @property
    def desk(self) -> str:
        return f"/desk/products/{self.product.slug}"

    def an_order(self, price: int = 2_450) -> Order:
        product = a_product(price=price, pieces=9)
        self.play.cloud.prices[sku_of(product)] |= {product.price}
        return an_order(product, email=CUSTOMER)

    def _browser(self, name: str, email: str = "") -> Browser:
        token = name.ljust(43, "-")
        if email:
            start_session(hashed(token), email, now=NOON)
        return Browser(self.play.world, f"visitor={token}")


type Press = tuple[Browser, Form]


@dataclass(frozen=True)
class Button:
    """A route that changes something.

    ``answers`` are what it may answer; ``again`` what else it may, pressed once more after a death.
    ``leaves`` names rows that a death may leave behind, or leave out, and nobody is harmed.
    """

    route: str
    ready: Callable[[Shop], Callable[[], Press]]
    at: float = 0  # seconds after the shop is ready
    answers: tuple[int, ...] = (303,)
    again: tuple[int, ...] = ()
    leaves: str = "nothing"

    @property
    def name(self) -> str:
        return f"POST {self.route}"

    def __str__(self) -> str:
        return self.name

    def told(self, deaths: Collection[Death] = ()) -> Mortal:
        return Pressed(self, deaths)


class Pressed(Mortal):
    def __init__(self, button: Button, deaths: Collection[Death] = ()) -> None:
        self.button = button
        super().__init__(deaths)

    def begin(self) -> None:
        press = self.button.ready(Shop(self))
        self.world.after(self.button.at, lambda: self._press(press()))

    def _press(self, press: Press) -> None:
        self.browser, form = press
        self.browser.press(form)

    def amiss(self, result: Result) -> Iterator[str]:
        answers = [it["statusCode"] for it in self.browser.seen]
        allowed = self.button.answers + (self.button.again if self.deaths else ())
        if not answers or answers[-1] not in allowed:
            yield f"the answers were {answers}"
        if self.deaths:
            found = rows_in(self.cloud.store)
            yield from traces(self.button, found, but=self.button.leaves)
