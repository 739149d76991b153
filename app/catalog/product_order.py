"""The order of the products that merchants chose: in the product list, and on the home page.

Products are sorted by ``position``, and the first ones are the featured products of the home page.
A new product comes last: its position is the second in which it was added, far above the others.
An index by position has what the admin's pages show, so that they read only their own rows.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched, chain, groupby, islice, zip_longest

from pynamodb.exceptions import TransactWriteError

from app.catalog.catalog_cache import read_product
from app.catalog.models import CATALOG_ID, Product
from app.catalog.product_positions import Cursor, Position, position_of
from app.catalog.products import admin_path
from app.errors import Conflict, NotFound, Unavailable
from app.persistence.audit_log import record_change
from app.persistence.dynamodb import is_condition_failure, retrying_transaction

PAGE_SIZE = 25
ROWS_AT_ONCE = 40  # of the index, for a page of all products
EXAMINED_AT_ONCE = 600  # of the index, for a page of a category and for a place far away
GAP = 1_000  # between renumbered positions: the next products between them need no renumbering
BATCH_SIZE = 50
MAX_ATTEMPTS = 3
MOVED = "Another merchant has moved this product since you opened the page. This is the order now."


@dataclass(frozen=True)
class OrderPage:
    """Rows of the index, without texts and prices. ``start`` is the product before the first."""

    rows: tuple[Product, ...]
    start: Cursor | None
    has_more: bool

    @property
    def first(self) -> int:
        return self.start.place + 1 if self.start else 1

    @property
    def before(self) -> str:
        """The cursor of the page before this one; "" for the first."""
        is_later = self.start is not None and self.rows
        return str(Cursor(self.first, position_of(self.rows[0]))) if is_later else ""

    @property
    def after(self) -> str:
        """The cursor of the page after this one; "" for the last."""
        last = self.first + len(self.rows) - 1
        return str(Cursor(last, position_of(self.rows[-1]))) if self.has_more else ""


@dataclass(frozen=True)
class Target:
    """A place beside another product, which stays right when others are moved meanwhile."""

    slug: str
    is_below: bool = False


# --- read -----------------------------------------------------------------------------------


def read_page(category: str, after: Cursor | None, moved: str = "") -> OrderPage:
    """The products after the cursor, drafts too: of a category, or of "" all.

    The index follows the table within moments, so the product that was just moved is read by key.
    """
    start = after.position if after else None
    rows = list(islice(_walk(start, category=category), PAGE_SIZE + 1))
    if moved:
        with suppress(NotFound):  # it was deleted since
            rows = with_moved(rows, read_product(moved), start, category)
    return OrderPage(tuple(rows[:PAGE_SIZE]), after, len(rows) > PAGE_SIZE)


def read_page_before(category: str, before: Cursor) -> OrderPage:
    """The products before the cursor. The first page is always whole."""
    rows = list(islice(_walk(before.position, is_down=True, category=category), PAGE_SIZE + 1))
    if len(rows) <= PAGE_SIZE:
        return read_page(category, None)
    start = Cursor(max(before.place - len(rows), 1), position_of(rows.pop()))
    return OrderPage(tuple(reversed(rows)), start, has_more=True)


def featured_slugs(count: int) -> frozenset[str]:
    """The first published products: drafts take no place on the home page."""
    return frozenset(row.slug for row in islice((it for it in _walk() if it.published), count))


def target_at(place: int, slug: str, category: str) -> tuple[Target, Cursor | None]:
    """Where the product goes to have this place in the list, and the cursor of the page there.

    A place past the end is the last. Reads the index up to this place. Raises ``NotFound`` if the
    list is empty.
    """
    rows = list(islice(_walk(category=category, page_size=EXAMINED_AT_ONCE), place + 1))
    others = [row for row in rows if row.slug != slug][:place]
    if not rows:
        raise NotFound("This product is not in the list.")
    start = min(place - 1, len(others)) // PAGE_SIZE * PAGE_SIZE
    cursor = Cursor(start, position_of(others[start - 1])) if start else None
    if not others:  # it is the only product
        return Target(slug), None
    return Target(others[-1].slug, is_below=len(others) < place), cursor


def with_moved(
    rows: list[Product], moved: Product, start: Position | None, category: str
) -> list[Product]:
    """Rows of the index, with the moved product where the table has it."""
    others = [row for row in rows if row.slug != moved.slug]
    is_here = (not start or position_of(moved) > start) and category in ("", moved.category)
    return sorted([*others, moved], key=position_of) if is_here else others


def _walk(
    start: Position | None = None,
    *,
    is_down: bool = False,
    category: str = "",
    page_size: int = 0,
) -> Iterator[Product]:
    """Rows of the index beyond ``start``, in pages; with ``is_down`` towards the first place.

    DynamoDB does not sort rows of the same position, so these are read together.
    """
    condition = None
    if start:
        number = start.number
        condition = Product.position <= number if is_down else Product.position >= number
    rows = Product.by_position.query(
        CATALOG_ID,
        condition,
        filter_condition=Product.category == category if category else None,
        scan_index_forward=not is_down,
        page_size=page_size or (EXAMINED_AT_ONCE if category else ROWS_AT_ONCE),
    )
    for _, tied in groupby(rows, key=lambda row: row.position):
        for row in sorted(tied, key=position_of, reverse=is_down):
            if start is None or _is_beyond(row, start, is_down=is_down):
                yield row


def _is_beyond(row: Product, start: Position, *, is_down: bool) -> bool:
    return position_of(row) < start if is_down else position_of(row) > start


# --- move -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """``seen`` is the product's position that the merchant saw; ``None`` if it is unknown."""

    slug: str
    target: Target
    seen: int | None = None


def move_product(move: Move, *, by: str, now: datetime) -> dict[str, int]:
    """Move a product; returns the new positions by slug. A repeat changes nothing.

    Usually this writes one product. Neighbours are renumbered until there is room between them.
    Raises ``NotFound``, or ``Conflict`` if another merchant has moved the product meanwhile.
    """
    for _ in range(MAX_ATTEMPTS):
        product, neighbour = read_product(move.slug), read_product(move.target.slug)
        if _is_there(product, neighbour, move.target):
            return {}
        if move.seen not in (None, product.position):
            raise Conflict(MOVED)
        try:
            return _move(product, neighbour, move.target, by=by, now=now)
        except TransactWriteError as error:  # a product was moved or deleted meanwhile
            if not is_condition_failure(error):
                raise
    raise Unavailable("Others are moving products too. Please try again.")


def _is_there(product: Product, neighbour: Product, target: Target) -> bool:
    beside = _walk(position_of(neighbour), is_down=not target.is_below, page_size=2)
    adjacent = next(beside, None)
    return product.slug in (neighbour.slug, adjacent and adjacent.slug)


def _move(
    product: Product, neighbour: Product, target: Target, *, by: str, now: datetime
) -> dict[str, int]:
    room = _find_room(product, neighbour, target)
    for batch in batched(reversed(room.positions), BATCH_SIZE):  # the outermost first
        with retrying_transaction() as transaction:
            for row, number in batch:
                action, is_as_read = Product.position.set(number), Product.position == row.position
                transaction.update(row, actions=[action], condition=is_as_read)
    side = "below" if target.is_below else "above"
    summary = f"Moved {product.title} {side} {neighbour.title}"
    with retrying_transaction() as transaction:
        transaction.update(
            product,
            actions=[Product.position.set(room.free)],
            condition=Product.position == product.position,
        )
        record_change(transaction, summary, path=admin_path(product), by=by, now=now)
    return {row.slug: number for row, number in room.positions} | {product.slug: room.free}


@dataclass
class _Room:
    """A free number beside ``bound``, after products on that side were shifted away from it."""

    bound: int
    direction: int  # 1: towards the end of the list, -1: towards its start
    shifted: list[Product] = field(default_factory=list)
    step: int = GAP

    def must_shift(self, row: Product | None) -> bool:
        """Whether the next product on this side is in the way. Otherwise there is room."""
        if row is None:
            return False
        distance = abs(int(row.position) - self.bound)
        if distance < len(self.shifted) + 2:
            self.shifted.append(row)
            return True
        self.step = min(GAP, distance // (len(self.shifted) + 2))
        return False

    @property
    def free(self) -> int:
        return self.bound + self.direction * self.step

    @property
    def positions(self) -> list[tuple[Product, int]]:
        numbers = range(2, len(self.shifted) + 2)
        away = self.direction * self.step
        return [
            (it, self.bound + away * number)
            for it, number in zip(self.shifted, numbers, strict=True)
        ]


def _find_room(product: Product, neighbour: Product, target: Target) -> _Room:
    """Room between the neighbour and the product beside it, on the side with fewer to shift."""
    others = (
        [*([neighbour] if target.is_below else [])],
        [*([] if target.is_below else [neighbour])],
    )
    start = position_of(neighbour)
    before = _without(product, chain(others[0], _walk(start, is_down=True)))
    after = _without(product, chain(others[1], _walk(start)))
    first_before, first_after = next(before, None), next(after, None)
    if first_before is None or first_after is None:
        return _room_at_an_end(first_before, first_after)
    down = _Room(int(first_after.position), -1)
    up = _Room(int(first_before.position), 1)
    rows = zip_longest(chain([first_before], before, [None]), chain([first_after], after))
    for row_before, row_after in rows:
        if not down.must_shift(row_before):
            return down
        if not up.must_shift(row_after):
            return up
    return down


def _room_at_an_end(first_before: Product | None, first_after: Product | None) -> _Room:
    if first_after is not None:
        return _Room(int(first_after.position), -1)
    return _Room(int(first_before.position) if first_before else 0, 1)


def _without(product: Product, rows: Iterable[Product]) -> Iterator[Product]:
    return (row for row in rows if row.slug != product.slug)
