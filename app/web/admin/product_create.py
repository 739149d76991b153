"""Adding a product: the form, and what becomes of it."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.catalog.catalog_cache import forget, whole_catalogue
from app.catalog.publishing import Taken, add_product
from app.form_fields import Typed
from app.web.admin.product_form import ROWS, read_new, taken_fields
from app.web.http.forms import TypedForm, WrongInput
from app.web.http.request_time import Now
from app.web.http.templating import page
from app.web.security.sessions import Merchant

router = APIRouter(include_in_schema=False)
NOTHING_YET: Typed = {"listed": "yes"}


@router.get("/desk/products/new")
def new_product(request: Request, _: Merchant, now: Now) -> Response:
    return _draw(request, now, NOTHING_YET)


@router.post("/desk/products")
def add(request: Request, visit: Merchant, now: Now, typed: TypedForm) -> Response:
    try:
        new = read_new(typed)
        add_product(new.product, pieces=new.pieces, now=now, by=visit.email)
    except WrongInput as wrong:
        return _draw(request, now, wrong.typed, errors=wrong.errors, status=422)
    except Taken as taken:
        return _draw(request, now, typed, errors=taken_fields(taken, typed), status=409)
    forget()
    return RedirectResponse(f"/desk/products/{new.product.slug}", 303)


def _draw(request: Request, now: Now, typed: Typed, **said: Any) -> Response:
    return page(
        request,
        "admin/new_product.html",
        typed=typed,
        shelves=whole_catalogue(now).categories,
        rows=ROWS,
        **{"errors": {}, **said},
    )
