"""The pictures of a product: in which order, what each shows, and taking one away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from app.catalog.catalog_cache import Piece
from app.catalog.models import Picture, Product, Variant
from app.catalog.products import ChangedMeanwhile
from app.persistence.audit_log import note_change
from app.persistence.dynamodb import refused_by_condition, writing_together


@dataclass(frozen=True)
class Caption:
    """What a picture shows, in words, and which sku in particular; "" is none of them."""

    alt: str
    sku: str = ""


def place_picture(piece: Piece, picture: Picture, place: int, *, by: str, now: datetime) -> None:
    """Show the picture at this place, 0 being the cover; a place beyond the last is the last."""
    order = [it.picture_id for it in piece.pictures]
    order.remove(picture.picture_id)
    order.insert(max(place, 0), picture.picture_id)
    if order == [it.picture_id for it in piece.pictures]:
        return
    with _changing(piece, "Ordered the pictures", by=by, now=now) as transaction:
        transaction.update(
            piece.product,
            actions=[Product.picture_order.set(tuple(order))],
            condition=Product.picture_order == piece.product.picture_order,
        )


def describe_picture(
    piece: Piece, picture: Picture, caption: Caption, *, by: str, now: datetime
) -> None:
    told = f"Described the picture “{caption.alt}”"
    with _changing(piece, told, by=by, now=now) as transaction:
        transaction.update(
            picture, actions=[Picture.alt.set(caption.alt)], condition=Picture.entry.exists()
        )
        _show(transaction, piece, picture, sku=caption.sku)


def remove_picture(piece: Piece, picture: Picture, *, by: str, now: datetime) -> None:
    """Take it away. Its files stay in the store: orders and open pages still show them."""
    told = f"Removed the picture “{picture.alt}”"
    with _changing(piece, told, by=by, now=now) as transaction:
        transaction.delete(picture, condition=Picture.entry.exists())
        _show(transaction, piece, picture, sku="")


def shown_by(piece: Piece, picture: Picture) -> str:
    """The sku that this picture shows in particular, or ""."""
    shown = (v.sku for v in piece.product.variants if v.picture == picture.picture_id)
    return next(shown, "")


@contextmanager
def _changing(piece: Piece, what: str, *, by: str, now: datetime) -> Iterator[TransactWrite]:
    """Write these changes together with the note about them, unless somebody was faster."""
    product = piece.product
    try:
        with writing_together() as transaction:
            yield transaction
            where = f"/desk/products/{product.slug}"
            note_change(transaction, f"{what} of {product.title}", where=where, by=by, now=now)
    except TransactWriteError as error:
        if refused_by_condition(error):
            raise ChangedMeanwhile from error
        raise


def _show(transaction: TransactWrite, piece: Piece, picture: Picture, *, sku: str) -> None:
    """Let this picture belong to that sku and to no other."""
    before = piece.product.variants
    after = tuple(_with_picture(variant, picture.picture_id, sku) for variant in before)
    if after != before:
        transaction.update(
            piece.product,
            actions=[Product.variants.set(after)],
            condition=Product.variants == before,
        )


def _with_picture(variant: Variant, picture_id: str, sku: str) -> Variant:
    if variant.sku == sku:
        return replace(variant, picture=picture_id)
    return replace(variant, picture=None) if variant.picture == picture_id else variant
