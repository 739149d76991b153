"""The form to translate a product's texts, beside the English ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.catalog.catalog_cache import CatalogEntry, read_entry
from app.catalog.models import Translation
from app.catalog.products import EditConflict
from app.catalog.translations import (
    LocalizedTranslation,
    conflict_of,
    merge_translations,
    read_translation,
    submitted_terms,
    terms_to_translate,
    translation_as_form_values,
    translation_of,
    update_translation,
)
from app.errors import NotFound, ValidationFailed
from app.form_fields import Submitted
from app.i18n.locales import ENGLISH, LANGUAGES, Language
from app.web.admin.product_forms import VersionForm, opened_values
from app.web.admin.products import RequestedEntry, redirect_to_product
from app.web.http.flash import flash
from app.web.http.forms import SubmittedForm, read_form, without_card_numbers
from app.web.http.request_time import Now
from app.web.http.templating import render_page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class TranslationTarget:
    """A product, and the language to translate it into."""

    entry: CatalogEntry
    language: Language


def _requested_target(entry: RequestedEntry, language: str) -> TranslationTarget:
    if language not in LANGUAGES or language == ENGLISH.code:
        raise NotFound("Products cannot be translated into this language.")
    return TranslationTarget(entry, LANGUAGES[language])


RequestedTarget = Annotated[TranslationTarget, Depends(_requested_target)]


@router.get("/admin/products/{slug}/translations/{language}")
def translation_form(request: Request, target: RequestedTarget) -> Response:
    return _render(request, target, translation_as_form_values(target.entry, target.language))


@router.post("/admin/products/{slug}/translations/{language}")
def save(
    request: Request,
    visitor: Merchant,
    now: Now,
    target: RequestedTarget,
    submitted: SubmittedForm,
) -> Response:
    """Save the texts. After an error, the form keeps what was entered.

    An edit that another merchant has overtaken is merged with theirs, see ``merge_translations``.
    """
    values, product = without_card_numbers(submitted), target.entry.product
    fields = submitted_terms(target.entry, submitted)
    try:
        version = read_form(VersionForm, submitted).version
        mine = read_translation(fields, submitted)
        localized = LocalizedTranslation(target.language, mine)
        update_translation(product, localized, expected_version=version, by=visitor.email, now=now)
    except ValidationFailed as failed:
        opened = opened_values(values)
        return _render(request, target, values, errors=failed.errors, opened=opened, status=422)
    except EditConflict:
        target = TranslationTarget(read_entry(product.slug), target.language)
        base = _base(fields, submitted)
        theirs = translation_of(target.entry.product, target.language.code)
        merged, conflicts = merge_translations(base, mine, theirs)
        if conflicts or not _save_merged(target, merged, by=visitor.email, now=now):
            shown = [conflict_of(name, base, theirs, mine) for name in conflicts]
            kept = translation_as_form_values(target.entry, target.language, merged)
            return _render(request, target, kept, conflicts=shown, status=409)
        flash(request, "edit_merged")
    return redirect_to_product(product)


def _base(fields: Mapping[str, str], submitted: Submitted) -> Translation | None:
    """The translation that the form was opened with, if it says so."""
    opened = opened_values(submitted)
    try:
        return read_translation(fields, opened) if opened else None
    except ValidationFailed:
        return None


def _save_merged(target: TranslationTarget, merged: Translation, *, by: str, now: datetime) -> bool:
    """``False`` after another edit conflict."""
    product, localized = target.entry.product, LocalizedTranslation(target.language, merged)
    try:
        update_translation(product, localized, expected_version=product.version, by=by, now=now)
    except EditConflict:
        return False
    return True


def _render(
    request: Request, target: TranslationTarget, values: Submitted, **context: Any
) -> Response:
    return render_page(
        request,
        "admin/translation.html",
        entry=target.entry,
        target_language=target.language,
        values=values,
        terms=terms_to_translate(target.entry),
        **{
            "errors": {},
            "conflicts": [],
            "opened": translation_as_form_values(target.entry, target.language),
            **context,
        },
    )
