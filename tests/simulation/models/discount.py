"""A model of one discount code: orders redeem it, close and give it back, in every order of calls.

Each order runs the protocol of the code: read the rows, write the order with the redemption under
a condition, then close with or without a parcel. A run may repeat any write whose answer it lost.
A ``Protocol`` says what the transactions contain; each flaw removes one guard, and must fail.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.simulation.models.explorer import Step

LIMIT, PER_CUSTOMER = 2, 1
CUSTOMERS = ("ada", "ada", "bo", "cy")  # of the orders: the first two are of one customer
IDLE, READ, HELD, USED, CLOSED, REFUSED = "idle", "read", "held", "used", "closed", "refused"


@dataclass(frozen=True)
class Protocol:
    """The guards of the app's transactions."""

    checks_code: bool = True  # the condition on the code's row
    checks_customer: bool = True  # the condition on the customer's row
    redeems_with_order: bool = True  # in one transaction, else before it
    gives_back_with_close: bool = True  # in one transaction, else after it
    close_is_conditional: bool = True  # on the status, so that a repeat changes nothing


APP = Protocol()


@dataclass(frozen=True)
class State:
    """``redeemed`` is on the code's row, ``by_customer`` on those of the customers.

    ``owed`` are the orders whose second transaction has not been written yet.
    """

    orders: tuple[str, ...] = (IDLE,) * len(CUSTOMERS)
    redeemed: int = 0
    by_customer: tuple[int, ...] = (0,) * len(CUSTOMERS)
    owed: frozenset[int] = frozenset()

    def with_order(self, number: int, status: str) -> "State":
        orders = (*self.orders[:number], status, *self.orders[number + 1 :])
        return replace(self, orders=orders)

    def counted(self, number: int, change: int) -> "State":
        index = CUSTOMERS.index(CUSTOMERS[number])
        counts = list(self.by_customer)
        counts[index] += change
        return replace(self, redeemed=self.redeemed + change, by_customer=tuple(counts))

    def has_rest(self, number: int, protocol: Protocol) -> bool:
        own = self.by_customer[CUSTOMERS.index(CUSTOMERS[number])]
        is_code_left = self.redeemed < LIMIT or not protocol.checks_code
        return is_code_left and (own < PER_CUSTOMER or not protocol.checks_customer)


@dataclass(frozen=True)
class Steps:
    protocol: Protocol

    def __call__(self, state: State) -> Iterator[Step[State]]:
        for number, status in enumerate(state.orders):
            name = f"{CUSTOMERS[number]} {number}"
            if status == IDLE:
                yield from self._read(state, number, name)
            elif status == READ:
                yield from self._place(state, number, name)
            elif status in (HELD, CLOSED):
                yield from self._close(state, number, name)
            if number in state.owed:
                yield from self._pay_back(state, number, name)

    def _read(self, state: State, number: int, name: str) -> Iterator[Step[State]]:
        """All rests are checked, also where the write will not check them again."""
        may_order = state.has_rest(number, Protocol())
        yield f"{name} reads", state.with_order(number, READ if may_order else REFUSED)

    def _place(self, state: State, number: int, name: str) -> Iterator[Step[State]]:
        if not state.has_rest(number, self.protocol):
            yield f"{name} is refused", state.with_order(number, REFUSED)
        elif self.protocol.redeems_with_order:
            yield f"{name} orders", state.with_order(number, HELD).counted(number, 1)
        elif number not in state.owed:
            redeemed = replace(state, owed=state.owed | {number}).counted(number, 1)
            yield f"{name} redeems", redeemed

    def _close(self, state: State, number: int, name: str) -> Iterator[Step[State]]:
        if state.orders[number] == HELD:
            yield f"{name} is shipped", state.with_order(number, USED)
        elif self.protocol.close_is_conditional or not state.redeemed:
            return  # a repeat: the order is closed
        closed = state.with_order(number, CLOSED)
        if self.protocol.gives_back_with_close:
            yield f"{name} is declined", closed.counted(number, -1)
        elif state.orders[number] == HELD:
            yield f"{name} is declined", replace(closed, owed=state.owed | {number})

    def _pay_back(self, state: State, number: int, name: str) -> Iterator[Step[State]]:
        """The second of two transactions; after a crash it is never written."""
        rest = replace(state, owed=state.owed - {number})
        if state.orders[number] == READ:
            yield f"{name} orders", rest.with_order(number, HELD)
        else:
            yield f"{name} gives back", rest.counted(number, -1)


def find_violation(state: State) -> str:
    """D1, which holds after every write."""
    holding = [number for number, status in enumerate(state.orders) if status in (HELD, USED)]
    if state.redeemed > LIMIT:
        return "redeemed too often"
    if max(state.by_customer) > PER_CUSTOMER:
        return "redeemed too often by one customer"
    if state.redeemed != len(holding):
        return f"redeemed {state.redeemed} times, {len(holding)} orders have it"
    return ""
