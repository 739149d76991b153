"""What a product says in another language, read from what a merchant typed, and kept with it."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pynamodb.exceptions import TransactWriteError

from app.catalog.catalog_cache import ONLY_ONE, Piece
from app.catalog.models import Product, Texts
from app.catalog.product_fields import DESCRIBED
from app.catalog.products import ChangedMeanwhile, as_seen
from app.catalog.translated_catalog import texts_of
from app.form_fields import Reader, Typed, line, or_none, read_fields
from app.i18n.locales import Language
from app.persistence.audit_log import note_change
from app.persistence.dynamodb import refused_by_condition, writing_together

OF_THE_PRODUCT = ("title", "category", "blurb", "details")


def words_to_translate(piece: Piece) -> dict[str, str]:
    """By the name of its field, each English word for a colour, and for what a picture shows."""
    colours = [variant.name for variant in piece.product.variants if variant.name != ONLY_ONE]
    english = dict.fromkeys([*colours, *(picture.alt for picture in piece.pictures)])
    return {f"word_{place}": word for place, word in enumerate(english, 1)}


def read_texts(piece: Piece, typed: Typed) -> Texts:
    """What is left empty is said in English. Raises ``WrongFields`` with all that is wrong."""
    fields = words_to_translate(piece)
    a_word = or_none(partial(line, longest=300))
    readers: dict[str, Reader] = {name: or_none(DESCRIBED[name]) for name in OF_THE_PRODUCT}
    read = read_fields(readers | dict.fromkeys(fields, a_word), typed)
    said = {name: read[name] for name in OF_THE_PRODUCT if read[name]}
    return Texts(**said, words={english: read[f] for f, english in fields.items() if read[f]})


def texts_as_typed(piece: Piece, language: Language) -> Typed:
    texts = texts_of(piece.product, language.code)
    words = {name: texts.words.get(it, "") for name, it in words_to_translate(piece).items()}
    said = {"title": texts.title, "category": texts.category, "blurb": texts.blurb}
    version = str(piece.product.version)
    return {**said, "details": "\n".join(texts.details), **words, "version": version}


@dataclass(frozen=True)
class Wording:
    """What a product is to say in a language."""

    language: Language
    texts: Texts


def reword(product: Product, wording: Wording, *, seen: int, by: str, now: datetime) -> None:
    """Raises ``ChangedMeanwhile`` when the product is not the version that the merchant saw."""
    language = wording.language
    said = {**(product.texts or {}), language.code: wording.texts}
    try:
        with writing_together() as transaction:
            transaction.update(
                product,
                actions=[Product.version.add(1), Product.texts.set(said)],
                condition=as_seen(seen),
            )
            what = f"Changed the {language.name} of {product.title}"
            note_change(transaction, what, where=f"/desk/products/{product.slug}", by=by, now=now)
    except TransactWriteError as error:
        if refused_by_condition(error):
            raise ChangedMeanwhile from error
        raise
