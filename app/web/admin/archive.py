"""Archiving, restoring and deleting a product in the admin."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.catalog.archive import archive_product, delete_product, restore_product
from app.catalog.catalog_cache import clear_cache
from app.web.admin.products import RequestedEntry, redirect_to_product
from app.web.http.flash import flash
from app.web.http.request_time import Now
from app.web.security.sessions import Merchant, ShopOwner

router = APIRouter(include_in_schema=False)


@router.post("/admin/products/{slug}/archive")
def archive(visitor: Merchant, now: Now, entry: RequestedEntry) -> Response:
    archive_product(entry.product, by=visitor.email, now=now)
    return redirect_to_product(entry.product)


@router.post("/admin/products/{slug}/restore")
def restore(visitor: Merchant, now: Now, entry: RequestedEntry) -> Response:
    restore_product(entry.product, by=visitor.email, now=now)
    return redirect_to_product(entry.product)


@router.post("/admin/products/{slug}/delete")
def delete(request: Request, visitor: ShopOwner, now: Now, entry: RequestedEntry) -> Response:
    """A repeat answers 404: the product is gone."""
    delete_product(entry, by=visitor.email, now=now)
    clear_cache()
    flash(request, "product_deleted")
    return RedirectResponse("/admin/products", 303)
