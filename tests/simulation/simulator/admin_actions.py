"""Every button of the merchants' desk: what it needs, and what is sent when it is pressed."""

from collections.abc import Callable

from app.catalog.catalog_cache import Piece
from app.catalog.models import Picture
from app.catalog.product_fields import as_typed
from app.catalog.publishing import ask_for_another
from tests.builders import NOON, sku_of
from tests.simulation.simulator.actions import BUTTONS, PACKING, button, minted
from tests.simulation.simulator.requests import Press, Shop
from tests.simulation.simulator.web import Form

__all__ = ["BUTTONS"]
LARGE = 45_000  # needs a merchant's yes
# Kept right after the move that it tells of, which the order's own rows tell too.
NOTED_AFTERWARDS = "^changes "


@button("/desk/orders/{order_id}/decision", at=PACKING, again=(409,), leaves=NOTED_AFTERWARDS)
def _decide(shop: Shop) -> Callable[[], Press]:
    path = f"/desk/orders/{shop.an_order(LARGE).order_id}/decision"
    return lambda: (shop.merchant, Form(path, {"decision": "approved"}))


@button("/desk/orders/{order_id}/cancel", at=PACKING, leaves=NOTED_AFTERWARDS)
def _cancel(shop: Shop) -> Callable[[], Press]:
    path = f"/desk/orders/{shop.an_order().order_id}/cancel"
    return lambda: (shop.merchant, Form(path))


@button("/desk/orders/{order_id}/notes")
def _note(shop: Shop) -> Callable[[], Press]:
    path = f"/desk/orders/{shop.an_order().order_id}/notes"
    form = {"note": "Called back.", "note_id": minted()}
    return lambda: (shop.merchant, Form(path, form))


@button("/desk/products", again=(409,))  # it is there already, which the form says
def _add(shop: Shop) -> Callable[[], Press]:
    rows = {f"{name}_{n}": "" for n in range(1, 6) for name in ("sku", "name", "pieces")}
    form = rows | {
        "title": "Jar",
        "slug": "",
        "category": "Kitchen",
        "blurb": "It closes.",
        "details": "Stoneware",
        "price": "48.00",
        "compare_at": "",
        "weight_g": "",
        "sku_1": "JAR-1",
        "pieces_1": "7",
        "listed": "yes",
    }
    return lambda: (shop.merchant, Form("/desk/products", form))


@button("/desk/products/several", again=(409,))
def _several(shop: Shop) -> Callable[[], Press]:
    form = {f"piece-{shop.product.slug}": "0", "act": "sale", "percent": "20", "sure": "yes"}
    return lambda: (shop.merchant, Form("/desk/products/several", form))


@button("/desk/products/{slug}/variants")
def _extend(shop: Shop) -> Callable[[], Press]:
    form = {"sku": "OAT-1", "name": "Oat", "pieces": "7", "swatch": "#a4502a"}
    return lambda: (shop.merchant, Form(f"{shop.desk}/variants", form))


@button("/desk/imports", leaves="imports")  # a form that nobody sends a file with
def _ask(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.merchant, Form("/desk/imports"))


@button("/desk/products/{slug}/deliveries")
def _book_in(shop: Shop) -> Callable[[], Press]:
    form = {"sku": sku_of(shop.product), "pieces": "5", "delivery": minted()}
    return lambda: (shop.merchant, Form(f"{shop.desk}/deliveries", form))


# Hiding what is hidden is noted once more, and is a new version: nothing else comes of it.
@button("/desk/products/{slug}/shelf", leaves='^changes |"version"')
def _hide(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.merchant, Form(f"{shop.desk}/shelf", {"listed": "no"}))


@button("/desk/products/{slug}/edit", again=(409,))
def _edit(shop: Shop) -> Callable[[], Press]:
    form = {**as_typed(shop.product), "title": "Jug", "price": "29"}
    return lambda: (shop.merchant, Form(f"{shop.desk}/edit", form))


@button("/desk/products/{slug}/texts/{language}", again=(409,))
def _reword(shop: Shop) -> Callable[[], Press]:
    form = {"version": "0", "title": "Teekanne"}
    return lambda: (shop.merchant, Form(f"{shop.desk}/texts/de", form))


A_PICTURE = {"alt": "A jar, seen from above", "kind": "image/webp"}


def _hung(shop: Shop) -> Picture:
    first = ask_for_another(Piece(shop.product, ()), "a", now=NOON)
    ask_for_another(Piece(shop.product, ()), "b", now=NOON)
    return first


# Whoever asks again asks for one more; the tile of the first stays empty, and can be removed.
@button("/desk/products/{slug}/pictures", leaves="picture#|^changes ")
def _picture(shop: Shop) -> Callable[[], Press]:
    return lambda: (shop.merchant, Form(f"{shop.desk}/pictures", A_PICTURE))


@button("/desk/products/{slug}/pictures/{picture_id}")
def _picture_again(shop: Shop) -> Callable[[], Press]:
    path = f"{shop.desk}/pictures/{_hung(shop).picture_id}"
    return lambda: (shop.merchant, Form(path, A_PICTURE))


@button("/desk/products/{slug}/pictures/{picture_id}/place")
def _place(shop: Shop) -> Callable[[], Press]:
    path = f"{shop.desk}/pictures/{_hung(shop).picture_id}/place"
    return lambda: (shop.merchant, Form(path, {"place": "1"}))


# What is said anew in the same words is noted once more.
@button("/desk/products/{slug}/pictures/{picture_id}/about", leaves="^changes ")
def _about(shop: Shop) -> Callable[[], Press]:
    path = f"{shop.desk}/pictures/{_hung(shop).picture_id}/about"
    return lambda: (shop.merchant, Form(path, {"alt": "A pot", "shows": sku_of(shop.product)}))


@button("/desk/products/{slug}/pictures/{picture_id}/removal", again=(404,))
def _remove(shop: Shop) -> Callable[[], Press]:
    path = f"{shop.desk}/pictures/{_hung(shop).picture_id}/removal"
    return lambda: (shop.merchant, Form(path))


@button("/desk/stock/{sku}/adjustments")
def _adjust(shop: Shop) -> Callable[[], Press]:
    form = {"reason": "broken", "pieces": "2", "shown": "9", "adjustment": minted()}
    path = f"/desk/stock/{sku_of(shop.product)}/adjustments"
    return lambda: (shop.merchant, Form(path, form))
