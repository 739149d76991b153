"""A product in another language, as a form beside its English."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.catalog.catalog_cache import Piece, forget
from app.catalog.products import ChangedMeanwhile
from app.catalog.translations import Wording, read_texts, reword, texts_as_typed, words_to_translate
from app.errors import NotFound, WrongFields
from app.form_fields import Typed
from app.i18n.locales import ENGLISH, LANGUAGES, Language
from app.web.admin.products import DeskPiece
from app.web.http.forms import Form, TypedForm, WholeNumber, WrongInput, read_form
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)


class SeenForm(Form):
    version: WholeNumber


@dataclass(frozen=True)
class Page:
    """A product, and the language that it is to speak as well."""

    piece: Piece
    into: Language


def _page(piece: DeskPiece, language: str) -> Page:
    if language not in LANGUAGES or language == ENGLISH.code:
        raise NotFound("We do not speak this language.")
    return Page(piece, LANGUAGES[language])


DeskPage = Annotated[Page, Depends(_page)]


@router.get("/desk/products/{slug}/texts/{language}")
def texts(request: Request, it: DeskPage) -> Response:
    return _draw(request, it, texts_as_typed(it.piece, it.into))


@router.post("/desk/products/{slug}/texts/{language}")
def keep(request: Request, visit: Merchant, now: Now, it: DeskPage, typed: TypedForm) -> Response:
    """What was typed stays, whether it was wrong or came too late."""
    try:
        seen = read_form(SeenForm, typed).version
        wording = Wording(it.into, read_texts(it.piece, typed))
        reword(it.piece.product, wording, seen=seen, by=visit.email, now=now)
    except WrongFields as wrong:
        shown = WrongInput(wrong.errors, typed).typed
        return _draw(request, it, shown, errors=wrong.errors, status=422)
    except ChangedMeanwhile as overtaken:
        return _draw(request, it, typed, overtaken=overtaken.message, status=409)
    forget()
    return RedirectResponse(f"/desk/products/{it.piece.product.slug}", 303)


def _draw(request: Request, it: Page, typed: Typed, **said: Any) -> Response:
    return page(
        request,
        "admin/translation.html",
        piece=it.piece,
        into=it.into,
        typed=typed,
        words=words_to_translate(it.piece),
        **{"errors": {}, "overtaken": "", **said},
    )
