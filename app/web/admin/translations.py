"""The form to translate a product's texts, beside the English ones."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.products import EditConflict
from app.catalog.translations import (
    LocalizedTranslation,
    read_translation,
    terms_to_translate,
    translation_as_form_values,
    update_translation,
)
from app.errors import NotFound, ValidationFailed
from app.form_fields import Submitted
from app.i18n.locales import ENGLISH, LANGUAGES, Language
from app.web.admin.product_forms import VersionForm
from app.web.admin.products import RequestedEntry, redirect_to_product
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
    """Save the texts. After an error or an edit conflict, the form keeps what was entered."""
    values, product = without_card_numbers(submitted), target.entry.product
    try:
        version = read_form(VersionForm, submitted).version
        translation = read_translation(target.entry, submitted)
        localized = LocalizedTranslation(target.language, translation)
        update_translation(product, localized, expected_version=version, by=visitor.email, now=now)
    except ValidationFailed as failed:
        return _render(request, target, values, errors=failed.errors, status=422)
    except EditConflict as conflict:
        return _render(request, target, values, conflict=conflict.message, status=409)
    return redirect_to_product(product)


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
        **{"errors": {}, "conflict": "", **context},
    )
