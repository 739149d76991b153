"""Every POST route of the admin: what it needs, and the request to send."""

from collections.abc import Callable

from app.catalog.catalog_cache import CatalogEntry
from app.catalog.images import request_new_image
from app.catalog.imports.jobs import create_import
from app.catalog.imports.processing import process_file
from app.catalog.models import ProductImage
from app.catalog.product_fields import as_form_values
from app.catalog.publishing import archive_product
from app.discounts.terms import Terms, create_discount
from app.orders.return_policy import ReturnReason
from app.returns.requests import ReturnRequest, approve_return, request_return
from tests.builders import NOON, sku_of
from tests.simulation.simulator.action_runs import Setup, Submission
from tests.simulation.simulator.actions import ACTIONS, WHILE_PACKING, action, new_ulid
from tests.simulation.simulator.browser import Form

__all__ = ["ACTIONS"]
NEEDS_REVIEW = 45_000  # cents
# Written right after the transition, which the order's own rows record too.
AUDIT_LOG = "^audit-log "


@action(
    "/admin/orders/{order_id}/decision",
    after=WHILE_PACKING,
    retry_statuses=(409,),
    ignored_rows=AUDIT_LOG,
)
def _decide(setup: Setup) -> Callable[[], Submission]:
    path = f"/admin/orders/{setup.an_order(NEEDS_REVIEW).order_id}/decision"
    return lambda: (setup.merchant, Form(path, {"decision": "approved"}))


@action("/admin/reviews/reject", after=WHILE_PACKING, retry_statuses=(409,), ignored_rows=AUDIT_LOG)
def _reject_all(setup: Setup) -> Callable[[], Submission]:
    order_id = setup.an_order(NEEDS_REVIEW).order_id
    form = {f"order-{order_id}": "on", "comment": "Too far away"}
    return lambda: (setup.merchant, Form("/admin/reviews/reject", form))


# 409 if a crash has delayed the payment: the order is not packed yet, and ships later.
@action("/admin/packing", after=WHILE_PACKING, statuses=(200, 409), ignored_rows=AUDIT_LOG)
def _ship_packed(setup: Setup) -> Callable[[], Submission]:
    form = {f"order-{setup.an_order().order_id}": "on"}
    return lambda: (setup.merchant, Form("/admin/packing", form))


@action("/admin/orders/{order_id}/cancel", after=WHILE_PACKING, ignored_rows=AUDIT_LOG)
def _cancel(setup: Setup) -> Callable[[], Submission]:
    path = f"/admin/orders/{setup.an_order().order_id}/cancel"
    return lambda: (setup.merchant, Form(path))


@action("/admin/orders/{order_id}/restart", after=WHILE_PACKING, ignored_rows=AUDIT_LOG)
def _restart(setup: Setup) -> Callable[[], Submission]:
    path = f"/admin/orders/{setup.an_order().order_id}/restart"
    return lambda: (setup.merchant, Form(path))


def _a_requested_return(setup: Setup) -> str:
    """The path of an order's admin page."""
    order = setup.a_shipped_order()
    request = ReturnRequest(new_ulid(), {order.lines[0].sku: 1}, ReturnReason.DAMAGED)
    request_return(order.order_id, request, now=NOON)
    return f"/admin/orders/{order.order_id}"


@action(
    "/admin/orders/{order_id}/return-decision",
    after=WHILE_PACKING,
    retry_statuses=(409,),
    ignored_rows=AUDIT_LOG,
)
def _approve_return(setup: Setup) -> Callable[[], Submission]:
    path = f"{_a_requested_return(setup)}/return-decision"
    return lambda: (setup.merchant, Form(path, {"number": "1", "decision": "approved"}))


@action(
    "/admin/orders/{order_id}/return-receipt",
    after=WHILE_PACKING,
    retry_statuses=(409,),
    ignored_rows=AUDIT_LOG,
)
def _receive_return(setup: Setup) -> Callable[[], Submission]:
    path = _a_requested_return(setup)
    approve_return(path.rpartition("/")[2], 1, by="bo@hearth.example", now=NOON)
    form = {"number": "1", "received-1": "1", "restocked-1": "1", "amount": "20.00"}
    return lambda: (setup.merchant, Form(f"{path}/return-receipt", form))


@action("/admin/orders/{order_id}/notes")
def _add_note(setup: Setup) -> Callable[[], Submission]:
    path = f"/admin/orders/{setup.an_order().order_id}/notes"
    form = {"note": "Called back.", "note_id": new_ulid()}
    return lambda: (setup.merchant, Form(path, form))


@action("/admin/products", retry_statuses=(409,))  # the form reports that it exists already
def _create_product(setup: Setup) -> Callable[[], Submission]:
    empty_rows = {f"{name}_{n}": "" for n in range(1, 6) for name in ("sku", "name", "quantity")}
    form = empty_rows | {
        "title": "Jar",
        "slug": "",
        "category": "Kitchen",
        "blurb": "It closes.",
        "details": "Stoneware",
        "materials": "Glass",
        "price": "48.00",
        "compare_at": "",
        "weight_g": "",
        "sku_1": "JAR-1",
        "quantity_1": "7",
        "published": "yes",
    }
    return lambda: (setup.merchant, Form("/admin/products", form))


@action("/admin/products/bulk-edit")
def _bulk_edit(setup: Setup) -> Callable[[], Submission]:
    selected = {f"product-{setup.product.slug}": "0", "job_id": new_ulid()}
    form = selected | {"action": "change_percent", "change_percent": "-20", "confirmed": "yes"}
    return lambda: (setup.merchant, Form("/admin/products/bulk-edit", form))


@action("/admin/products/{slug}/variants")
def _add_variant(setup: Setup) -> Callable[[], Submission]:
    form = {"sku": "OAT-1", "name": "Oat", "quantity": "7", "swatch": "#a4502a"}
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/variants", form))


@action("/admin/products/{slug}/variants/{sku}", retry_statuses=(409,))
def _edit_variant(setup: Setup) -> Callable[[], Submission]:
    path = f"{setup.admin_path}/variants/{sku_of(setup.product)}"
    form = {"price": "48", "compare_at": "", "weight_g": "", "barcode": "", "version": "0"}
    return lambda: (setup.merchant, Form(path, form))


@action("/admin/imports", ignored_rows="imports")  # an upload form that is never used
def _create_import(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.merchant, Form("/admin/imports"))


@action("/admin/imports/{import_id}/mapping")
def _map_columns(setup: Setup) -> Callable[[], Submission]:
    job = create_import(by="bo@hearth.example", now=NOON)
    process_file(job, b"Name,Preis\nJug,48", "A1", now=NOON)
    form = {"column_0": "title", "column_1": "price", "category": "Other", "has_headings": "yes"}
    path = f"/admin/imports/{job.import_id}/mapping"
    return lambda: (setup.merchant, Form(path, form))


@action("/admin/products/{slug}/receive-stock")
def _receive_stock(setup: Setup) -> Callable[[], Submission]:
    form = {"sku": sku_of(setup.product), "quantity": "5", "delivery_id": new_ulid()}
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/receive-stock", form))


# A repeat writes another audit log entry and another version, and nothing else.
@action("/admin/products/{slug}/publish", ignored_rows='^audit-log |"version"')
def _publish(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/publish"))


@action("/admin/products/{slug}/archive")
def _archive(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/archive"))


@action("/admin/products/{slug}/restore")
def _restore(setup: Setup) -> Callable[[], Submission]:
    archive_product(setup.product, by="bo@hearth.example", now=NOON)
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/restore"))


@action("/admin/products/{slug}/delete", retry_statuses=(404,))
def _delete(setup: Setup) -> Callable[[], Submission]:
    archive_product(setup.product, by="bo@hearth.example", now=NOON)
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/delete"))


@action("/admin/products/{slug}/unpublish", ignored_rows='^audit-log |"version"')
def _unpublish(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/unpublish"))


@action("/admin/products/{slug}/edit", retry_statuses=(409,))
def _edit(setup: Setup) -> Callable[[], Submission]:
    form = {**as_form_values(setup.product), "title": "Jug", "price": "29"}
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/edit", form))


@action("/admin/products/{slug}/translations/{language}", retry_statuses=(409,))
def _translate(setup: Setup) -> Callable[[], Submission]:
    form = {"version": "0", "title": "Teekanne"}
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/translations/de", form))


IMAGE_FORM = {"alt": "A jar, seen from above", "content_type": "image/webp"}


def _second_image(setup: Setup) -> ProductImage:
    first = request_new_image(CatalogEntry(setup.product, ()), "a", now=NOON)
    request_new_image(CatalogEntry(setup.product, ()), "b", now=NOON)
    return first


# A repeat requests one more image. The first stays without a file, and can be deleted.
@action("/admin/products/{slug}/images", ignored_rows="image#|^audit-log ")
def _add_image(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.merchant, Form(f"{setup.admin_path}/images", IMAGE_FORM))


@action("/admin/products/{slug}/images/{image_id}")
def _request_upload(setup: Setup) -> Callable[[], Submission]:
    path = f"{setup.admin_path}/images/{_second_image(setup).image_id}"
    return lambda: (setup.merchant, Form(path, IMAGE_FORM))


@action("/admin/products/{slug}/images/{image_id}/position")
def _move_image(setup: Setup) -> Callable[[], Submission]:
    path = f"{setup.admin_path}/images/{_second_image(setup).image_id}/position"
    return lambda: (setup.merchant, Form(path, {"position": "1"}))


@action("/admin/product-order")
def _move_product(setup: Setup) -> Callable[[], Submission]:
    form = {"slug": setup.product.slug, "place": "1"}
    return lambda: (setup.merchant, Form("/admin/product-order", form))


# A repeat with the same text writes another audit log entry.
@action("/admin/products/{slug}/images/{image_id}/details", ignored_rows=AUDIT_LOG)
def _edit_image(setup: Setup) -> Callable[[], Submission]:
    path = f"{setup.admin_path}/images/{_second_image(setup).image_id}/details"
    return lambda: (setup.merchant, Form(path, {"alt": "A pot", "sku": sku_of(setup.product)}))


@action("/admin/products/{slug}/images/{image_id}/delete", retry_statuses=(404,))
def _delete_image(setup: Setup) -> Callable[[], Submission]:
    path = f"{setup.admin_path}/images/{_second_image(setup).image_id}/delete"
    return lambda: (setup.merchant, Form(path))


DISCOUNT = {"percent": "10", "amount": "", "minimum": "", "max_per_customer": "1"}


@action("/admin/discounts", retry_statuses=(422,))  # the form reports that the code exists already
def _create_discount(setup: Setup) -> Callable[[], Submission]:
    return lambda: (setup.merchant, Form("/admin/discounts", DISCOUNT | {"code": "TEN"}))


@action("/admin/discounts/{code}", retry_statuses=(409,))
def _change_discount(setup: Setup) -> Callable[[], Submission]:
    create_discount("TEN", Terms(percent=10), now=NOON)
    form = DISCOUNT | {"max_redemptions": "5", "version": "0"}
    return lambda: (setup.merchant, Form("/admin/discounts/TEN", form))


@action("/admin/discounts/{code}/end")
def _end_discount(setup: Setup) -> Callable[[], Submission]:
    create_discount("TEN", Terms(percent=10), now=NOON)
    return lambda: (setup.merchant, Form("/admin/discounts/TEN/end"))


@action("/admin/stock/{sku}/adjustments")
def _adjust_stock(setup: Setup) -> Callable[[], Submission]:
    form = {"reason": "broken", "quantity": "2", "shown_quantity": "9", "version": "0"}
    form["adjustment_id"] = new_ulid()
    path = f"/admin/stock/{sku_of(setup.product)}/adjustments"
    return lambda: (setup.merchant, Form(path, form))
