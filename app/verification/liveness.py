"""Coming to rest: every order closed, every queue empty, every picture cut (L1 to L3, I1)."""

from collections import Counter
from collections.abc import Iterator

from app.verification.snapshot import Books, Breach, Row

FINAL = ("shipped", "declined", "cancelled")
WIDTHS = (240, 480, 960, 1920)


def at_rest(books: Books) -> Iterator[Breach]:
    for order_id, order in books.placed.items():
        if order["status"] not in FINAL:
            yield Breach("L1", order_id, f"it is still {order['status']}.")
    if books.queues is not None:
        yield from _queues_are_empty(books)
    for row in books.catalog:
        if row["entry"].startswith("picture#"):
            yield from _picture_is_cut(books, row)


def _queues_are_empty(books: Books) -> Iterator[Breach]:
    planted = Counter(books.planted)
    lying = Counter(
        (name, body) for name, bodies in (books.queues or {}).items() for body in bodies
    )
    for (name, body), times in lying.items():
        if not planted[name, body]:
            yield Breach("L2", name, f"{times} messages are left, as {body[:120]}")
        elif times != planted[name, body]:
            yield Breach("L3", name, f"one poison message lies there {times} times.")
    for name, body in planted:
        if (name, body) not in lying:
            yield Breach("L3", name, f"a poison message did not arrive unchanged: {body[:120]}")


def _picture_is_cut(books: Books, picture: Row) -> Iterator[Breach]:
    """What pages show lies there in each width, and no upload is left uncut."""
    picture_id, version = picture["picture_id"], picture.get("version")
    if books.media is not None and version:
        paths = [f"media/{picture_id}/{version}/{width}.webp" for width in WIDTHS]
        if missing := [path for path in paths if path not in books.media]:
            yield Breach("I1", picture_id, f"pages show {missing[0]}, which is not there.")
    upload = f"incoming/{picture['slug']}/{picture_id}"
    if upload in (books.uploads or ()) and picture["state"] == "waiting":
        yield Breach("I1", picture_id, "it was uploaded and never cut to size.")
