"""Browsing: the home page, the shelf of a category, and each piece's own page."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.catalog.browsing import catalogue
from app.errors import NotFound
from app.inventory.stock import on_hand
from app.web.clock import Now
from app.web.sessions import CurrentVisit
from app.web.templating import page

router = APIRouter(include_in_schema=False)
PAGES_AGE = {"Cache-Control": "private, no-cache"}  # the masthead shows this visitor's cart

Name = Annotated[str, Query(max_length=60)]


@router.get("/")
def home(request: Request, _: CurrentVisit, now: Now, category: Name = "") -> Response:
    shelf = catalogue(now)
    if category and category not in shelf.categories:
        raise NotFound("We have no such shelf.")
    return page(
        request,
        "catalog/home.html",
        hero=shelf.home_pictures[0] if shelf.home_pictures else None,
        pieces=shelf.in_category(category) if category else shelf.pieces,
        category=category,
    )


@router.get("/products/{slug}")
def product(request: Request, _: CurrentVisit, now: Now, slug: str, sku: Name = "") -> Response:
    piece = catalogue(now).piece(slug)
    variants = piece.product.variants
    stock = on_hand(variant.sku for variant in variants)
    chosen = next((v for v in variants if v.sku == sku), variants[0])
    return page(request, "catalog/product.html", piece=piece, stock=stock, chosen=chosen)
