"""Translations of products: reading the catalog in another language, and editing the texts."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from app.catalog.catalog_cache import Catalog, CatalogEntry
from app.catalog.edit_merge import merge_values
from app.catalog.models import (
    DEFAULT_VARIANT,
    LABELLED_TAGS,
    NO_TRANSLATION,
    CatalogItem,
    Product,
    Translation,
)
from app.catalog.product_fields import LABELS, PRODUCT_READERS
from app.catalog.products import FIELD_NAMES, admin_path, edit_transaction, has_version
from app.form_fields import Reader, Submitted, optional, read_fields, read_line
from app.i18n.locales import Language
from app.persistence.audit_log import record_change

TERM = "term "  # before the English term, where terms and fields are merged
TRANSLATED_FIELDS = ("title", "category", "blurb", "details", "long_description")
# The category stays English; URLs contain it.
SHOWN_FIELDS = tuple(it for it in TRANSLATED_FIELDS if it != "category")


def translate_catalog(catalog: Catalog, code: str) -> Catalog:
    """The catalog in this language, made once for each catalog read.

    Categories and colours keep their English names, which URLs and carts contain; ``terms`` maps
    them to their translations. A text without a translation stays English.
    """
    if code == catalog.language:
        return catalog
    if code not in catalog.translated:
        catalog.translated[code] = _translate(catalog, code)
    return catalog.translated[code]


def _translate(catalog: Catalog, code: str) -> Catalog:
    entries = tuple(
        _translate_entry(entry, translation_of(entry.product, code)) for entry in catalog.entries
    )
    return replace(
        catalog,
        entries=entries,
        language=code,
        terms={english: term for entry in entries for english, term in entry.terms.items()},
        _by_sku={v.sku: entry for entry in entries for v in entry.product.variants},
    )


def translation_of(product: Product, code: str) -> Translation:
    return (product.translations or {}).get(code, NO_TRANSLATION)


def _translate_entry(entry: CatalogEntry, translation: Translation) -> CatalogEntry:
    product, terms = entry.product, dict(translation.terms)
    if translation.category:
        terms[product.category] = translation.category
    texts = {name: getattr(translation, name) or getattr(product, name) for name in SHOWN_FIELDS}
    images = tuple(_copy(image, alt=terms.get(image.alt, image.alt)) for image in entry.images)
    return CatalogEntry(_copy(product, **texts), images, terms, original=product)


def _copy[Item: CatalogItem](item: Item, **texts: Any) -> Item:
    """A copy to read and never to save: saving it would overwrite the English texts."""
    translated = copy(item)
    translated.attribute_values = {**item.attribute_values, **texts}
    return translated


def terms_to_translate(entry: CatalogEntry) -> dict[str, str]:
    """English colours, materials, tags and image descriptions, by the name of their form field."""
    colours = [v.name for v in entry.product.variants if v.name != DEFAULT_VARIANT]
    tags = [tag for tag in entry.product.tags if tag not in LABELLED_TAGS]
    alts = [image.alt for image in entry.images]
    english = dict.fromkeys([*colours, *entry.product.materials, *tags, *alts])
    return {f"term_{number}": term for number, term in enumerate(english, 1)}


def submitted_terms(entry: CatalogEntry, submitted: Submitted) -> dict[str, str]:
    """The English terms by form field, as they were when the form was opened.

    A field's number is another one after the product's colours or images have changed. Terms that
    the product no longer has are left out.
    """
    current = terms_to_translate(entry)
    prefix = "english_"
    opened = {
        name.removeprefix(prefix): english
        for name, english in submitted.items()
        if name.startswith(f"{prefix}term_")
    }
    if not opened:
        return current
    return {name: english for name, english in opened.items() if english in current.values()}


def read_translation(fields: Mapping[str, str], submitted: Submitted) -> Translation:
    """Read the form; empty fields are shown in English. ``fields`` are the ``submitted_terms``.

    Raises ``ValidationFailed`` with every error at once.
    """
    read_term = optional(partial(read_line, max_length=300))
    readers: dict[str, Reader] = {
        name: optional(PRODUCT_READERS[name]) for name in TRANSLATED_FIELDS
    }
    labels = {**LABELS, **dict.fromkeys(fields, "a translation")}
    values = read_fields(readers | dict.fromkeys(fields, read_term), submitted, labels)
    texts = {name: values[name] for name in TRANSLATED_FIELDS if values[name]}
    terms = {english: values[name] for name, english in fields.items() if values[name]}
    return Translation(**texts, terms=terms)


def merge_translations(
    base: Translation | None, mine: Translation, theirs: Translation
) -> tuple[Translation, tuple[str, ...]]:
    """Merge my translation with theirs; also return the conflicts, see ``_texts``."""
    terms = {*mine.terms, *theirs.terms, *(base.terms if base else ())}
    merged, conflicts = merge_values(
        _texts(base, terms) if base else None, _texts(mine, terms), _texts(theirs, terms)
    )
    kept = {term: merged[TERM + term] for term in sorted(terms) if merged[TERM + term]}
    texts = {name: merged[name] for name in TRANSLATED_FIELDS}
    return Translation(**texts, terms=kept), conflicts


def _texts(translation: Translation, terms: Iterable[str]) -> dict[str, Any]:
    """The texts by the name of their field, or by "term " and the English term."""
    fields = {name: getattr(translation, name) for name in TRANSLATED_FIELDS}
    return fields | {TERM + term: translation.terms.get(term, "") for term in terms}


def conflict_of(name: str, *translations: Translation | None) -> tuple[str, ...]:
    """What the field or term is called, and its text in each translation."""
    if name.startswith(TERM):
        term = name.removeprefix(TERM)
        return term, *(it.terms.get(term, "") if it else "" for it in translations)
    values = (getattr(it, name) if it else "" for it in translations)
    label = FIELD_NAMES.get(name, name).capitalize()
    return label, *(it if isinstance(it, str) else "\n".join(it) for it in values)


def translation_as_form_values(
    entry: CatalogEntry, language: Language, translation: Translation | None = None
) -> Submitted:
    """The saved translation, or another one, as the form shows it."""
    translation = translation or translation_of(entry.product, language.code)
    terms = {
        name: translation.terms.get(english, "")
        for name, english in terms_to_translate(entry).items()
    }
    return {
        "title": translation.title,
        "category": translation.category,
        "blurb": translation.blurb,
        "details": "\n".join(translation.details),
        "long_description": translation.long_description,
        **terms,
        "version": str(entry.product.version),
    }


@dataclass(frozen=True)
class LocalizedTranslation:
    """The texts of a product, and their language."""

    language: Language
    translation: Translation


def update_translation(
    product: Product,
    localized: LocalizedTranslation,
    *,
    expected_version: int,
    by: str,
    now: datetime,
) -> None:
    """Save the translation. Optimistic locking: see ``products.update_product``.

    Raises ``EditConflict`` if the product no longer has ``expected_version``.
    """
    language = localized.language
    translations = {**(product.translations or {}), language.code: localized.translation}
    with edit_transaction() as transaction:
        transaction.update(
            product,
            actions=[Product.version.add(1), Product.translations.set(translations)],
            condition=has_version(expected_version),
        )
        summary = f"Changed the translation of {product.title}: {language.name}"
        record_change(transaction, summary, path=admin_path(product), by=by, now=now)
