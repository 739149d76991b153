"""Each way that an order can go: one order whose every step is known, with deaths or without."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from app.orders.review import Decision
from app.payments.fake_gateway import Mood
from app.shipping.fake_carrier import MOOD
from tests.builders import UNREACHABLE, a_kept_cart, a_product, a_request, sku_of
from tests.simulation.simulator.crash_runs import Mortal
from tests.simulation.simulator.crashes import Death
from tests.simulation.simulator.people import People
from tests.simulation.simulator.run import Result
from tests.simulation.simulator.world import Act

LARGE = 45_000  # needs a merchant's yes
TEN_MINUTES = timedelta(minutes=10)
A_WHILE = 100  # longer than the charge step tries, so that a person is asked


@dataclass(frozen=True)
class Story:
    """What one customer wants, and what stands in the way; seconds are counted from the start."""

    name: str
    ends: str = "shipped"
    method: str = "pm_succeeds"
    price: int = 2_450
    street: str = "12 Kiln Row"
    cancels_after: float | None = None
    cancels_at: str = ""  # the step during which
    decided: Decision | None = None
    troubles: frozenset[str] = frozenset()
    clock_wrong_by: timedelta = timedelta()  # of the web function's machine

    def __str__(self) -> str:
        return self.name

    def told(self, deaths: Collection[Death] = ()) -> Mortal:
        return Telling(self, deaths)


PLAIN = Story("an order is shipped")
SILENT = Story("the stream is silent", troubles=frozenset({"stream silent"}))
ORDERS = (
    PLAIN,
    Story("the card is declined", "declined", method="pm_declined"),
    Story("the card needs two tries", method="pm_needs_two_attempts"),
    Story("the answer to a charge is lost", method="pm_times_out_after_capture"),
    Story("the provider is down for a minute", method="pm_provider_down"),
    Story("the carrier refuses", "cancelled", street=UNREACHABLE),
    Story("cancelled before it starts", "cancelled", cancels_after=0.25),
    Story("cancelled while it is charged", "cancelled", cancels_at="Charge"),
    Story("cancelled while it is packed", "cancelled", cancels_after=40),
    Story("a merchant approves", price=LARGE, decided="approved"),
    Story("a merchant refuses", "cancelled", price=LARGE, decided="refused"),
    Story("no merchant decides", "cancelled", price=LARGE),
    Story("cancelled while merchants look", "cancelled", price=LARGE, cancels_after=60),
    SILENT,
    Story("the shop's clock is slow", clock_wrong_by=-TEN_MINUTES),
    Story(
        "the shop's clock is fast, and somebody cancels",
        "cancelled",
        cancels_after=40,
        clock_wrong_by=TEN_MINUTES,
    ),
    Story("the workflow is aborted", troubles=frozenset({"workflow aborted"})),
    Story(
        "the workflow is aborted, and nobody is told",
        troubles=frozenset({"workflow aborted", "notice lost"}),
    ),
    Story("the provider is down for longer", troubles=frozenset({"provider down"})),
)
ORDER_PATH = tuple(
    it
    for it in ORDERS
    if it.name
    in (
        "an order is shipped",
        "the card is declined",
        "the carrier refuses",
        "cancelled while it is packed",
    )
)


class Telling(Mortal):
    def __init__(self, story: Story, deaths: Collection[Death] = ()) -> None:
        self.story = story
        super().__init__(deaths, story.troubles)

    def amiss(self, result: Result) -> Iterator[str]:
        if result.orders != Counter([self.story.ends]):
            yield f"it should have been {self.story.ends}: {dict(result.orders)}"

    def begin(self) -> None:
        story = self.story
        people = People(self.cloud, clock_wrong_by=story.clock_wrong_by)
        product = a_product(price=story.price, pieces=6)
        self.cloud.prices[sku_of(product)] |= {product.price}
        form = a_request(visitor="somebody", payment_method=story.method, street=story.street)
        cart = a_kept_cart("somebody", product, of_each=2)
        form = replace(form, cart_version=cart.cart.version)
        self.world.after(0, lambda: people.place(form))
        if decided := story.decided:
            self._once_it_is("reviewing", 60, lambda: people.decide(form.order_id, decided))
        if story.cancels_after is not None:
            self._once_it_is("", story.cancels_after, lambda: people.cancel(form.order_id))
        self.cloud.workflows.watched = lambda step, _: self._cancelled_at(
            step, people, form.order_id
        )
        self._trouble()

    def _once_it_is(self, status: str, seconds: float, act: Act) -> None:
        """People do not decide, or think better of, what they do not see yet."""

        def look() -> None:
            orders = self.cloud.books().placed.values()
            if any(status in ("", order["status"]) for order in orders):
                act()
            else:
                self.world.after(1, look)

        self.world.after(seconds, look)

    def _cancelled_at(self, step: str, people: People, order_id: str) -> None:
        if step == self.story.cancels_at:
            self.world.after(0.1, lambda: people.cancel(order_id))

    def _trouble(self) -> None:
        if "stream silent" in self.story.troubles:
            self.cloud.stream.fall_silent()
        if "provider down" in self.story.troubles:
            Mood(MOOD, method="pm_provider_down").save()
            self.world.after(A_WHILE, Mood(MOOD).delete)
