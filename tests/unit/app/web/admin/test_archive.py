"""Archived products leave the shop and can be restored; never ordered ones can be deleted."""

import pytest
from fastapi.testclient import TestClient
from pynamodb.exceptions import DoesNotExist

from app.catalog.catalog_cache import clear_cache, read_entry
from app.catalog.image_uploads import request_upload
from app.catalog.images import request_new_image
from app.catalog.models import Product, ProductImage
from app.errors import Conflict, NotFound
from app.inventory.models import Stock
from app.orders.cancellation import cancel_order
from tests.builders import NOON, a_product, an_order, current_product, sku_of, stock_of
from tests.crash_injection import interleave
from tests.unit.app.web.pages import heading, page_text


def path_of(product: Product) -> str:
    return f"/admin/products/{product.slug}"


def archive(merchant: TestClient, product: Product) -> None:
    answer = merchant.post(f"{path_of(product)}/archive")
    assert answer.headers["location"] == path_of(product)


def test_archived_product_is_in_the_shop_no_more(merchant: TestClient) -> None:
    product = a_product(title="Vanishing jug")
    merchant.get("/products")

    archive(merchant, product)

    assert merchant.get(f"/products/{product.slug}").status_code == 404
    assert merchant.get(f"/api/products/{product.slug}").status_code == 404
    for page in ("/products?sort=newest", "/search?q=vanishing+jug", "/sitemap.xml"):
        assert product.slug not in merchant.get(page).text
    assert not stock_of(product).on_sale
    assert current_product(product).version == 1


def test_archived_product_keeps_its_admin_page_and_is_listed(merchant: TestClient) -> None:
    product = a_product(title="Retired jug")

    archive(merchant, product)

    page = merchant.get(path_of(product))
    assert heading(page) == 'Retired jug <span class="status-badge">Archived</span>'
    assert f'action="{path_of(product)}/restore"' in page.text
    assert f'action="{path_of(product)}/publish"' not in page.text
    assert product.slug in merchant.get("/admin/products?show=archived").text
    assert product.slug not in merchant.get("/admin/products?show=drafts").text


def test_order_of_an_archived_product_still_shows_it(merchant: TestClient) -> None:
    product = a_product(title="Ordered jug")
    order = an_order(product)

    archive(merchant, product)

    page = merchant.get(f"/admin/orders/{order.order_id}")
    assert (page.status_code, "Ordered jug" in page_text(page)) == (200, True)
    assert stock_of(product).reserved == 1


def test_restored_product_is_a_draft(merchant: TestClient) -> None:
    product = a_product()
    archive(merchant, product)

    merchant.post(f"{path_of(product)}/restore")
    restored = current_product(product)
    merchant.post(f"{path_of(product)}/publish")

    assert restored.archived_at is None
    assert not restored.published
    assert current_product(product).published
    assert stock_of(product).on_sale


@pytest.mark.parametrize("action", ["archive", "restore"])
def test_repeat_changes_nothing(merchant: TestClient, action: str) -> None:
    product = a_product()
    archive(merchant, product)

    answers = [merchant.post(f"{path_of(product)}/{action}").status_code for _ in range(2)]

    assert answers == [303, 303]
    assert (current_product(product).archived_at is None) == (action == "restore")


def test_archived_product_is_published_in_no_way(merchant: TestClient) -> None:
    product = a_product(title="Locked jug")
    archive(merchant, product)
    form = {"title": "Jug", "category": "C", "blurb": "B", "price": "48", "published": "yes"}

    button = merchant.post(f"{path_of(product)}/publish")
    edit = merchant.post(f"{path_of(product)}/edit", data=form | {"version": "1"})
    bulk_form = {f"product-{product.slug}": "1", "action": "publish"}
    bulk = merchant.post("/admin/products/bulk-edit", data=bulk_form)

    assert (button.status_code, edit.status_code) == (409, 422)
    assert "Restore this product before you publish it" in page_text(button)
    assert 'id="published-error"' in edit.text
    assert "Locked jug is archived: restore it first" in page_text(bulk)
    assert not current_product(product).published


def test_deleted_product_is_gone_with_its_images(merchant: TestClient) -> None:
    product = a_product(variants=2, quantity=3)
    request_upload(product.slug, "front", "Seen from the front", now=NOON)
    archive(merchant, product)

    answer = merchant.post(f"{path_of(product)}/delete")

    assert answer.headers["location"] == "/admin/products"
    with pytest.raises(NotFound):
        read_entry(product.slug)
    assert not list(
        ProductImage.query("products", ProductImage.item_id.startswith(f"image#{product.slug}#"))
    )
    assert [Stock.get(it.sku).on_sale for it in product.variants] == [False, False]
    assert merchant.post(f"{path_of(product)}/delete").status_code == 404


def test_upload_requested_while_the_product_is_deleted_leaves_no_image(
    merchant: TestClient,
) -> None:
    product, form = a_product(), {"alt": "From the front", "content_type": "image/png"}
    archive(merchant, product)

    archived = merchant.post(f"{path_of(product)}/images", data=form)
    entry = read_entry(product.slug)
    merchant.post(f"{path_of(product)}/delete")
    with pytest.raises(Conflict):
        request_new_image(entry, "From above", now=NOON)

    assert archived.status_code == 409
    images = ProductImage.item_id.startswith(f"image#{product.slug}#")
    assert not list(ProductImage.query("products", images))


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_product_that_was_ordered_is_not_deleted(merchant: TestClient, is_cancelled: bool) -> None:
    product = a_product(title="Wanted jug")
    order = an_order(product)
    if is_cancelled:
        cancel_order(order.order_id, now=NOON)
    archive(merchant, product)

    page = merchant.get(path_of(product))
    answer = merchant.post(f"{path_of(product)}/delete")

    assert "cannot be deleted, because it has been ordered" in page_text(page)
    assert f'action="{path_of(product)}/delete"' not in page.text
    assert answer.status_code == 409
    assert "has been ordered" in page_text(answer)
    assert current_product(product).title == "Wanted jug"


def test_product_in_the_shop_is_not_deleted(merchant: TestClient) -> None:
    product = a_product()

    answer = merchant.post(f"{path_of(product)}/delete")

    assert (answer.status_code, "Archive this product first" in page_text(answer)) == (409, True)
    assert current_product(product).published


def test_order_placed_at_the_same_moment_prevents_the_deletion(merchant: TestClient) -> None:
    """The transaction checks that the product is archived and was never ordered."""
    product = a_product()
    archive(merchant, product)

    def restore_and_order() -> None:
        merchant.post(f"{path_of(product)}/restore")
        merchant.post(f"{path_of(product)}/publish")
        an_order(product)
        merchant.post(f"{path_of(product)}/archive")

    with interleave(restore_and_order, before="TransactWriteItems Delete"):
        answer = merchant.post(f"{path_of(product)}/delete")

    assert answer.status_code == 409
    assert current_product(product).slug == product.slug


def test_sku_of_a_deleted_product_stays_with_its_ledger(merchant: TestClient) -> None:
    product = a_product(quantity=3)
    archive(merchant, product)
    merchant.post(f"{path_of(product)}/delete")
    clear_cache()

    page = merchant.get(f"/admin/stock/{sku_of(product)}")

    assert page.status_code == 404
    assert stock_of(product).available == 3
    with pytest.raises(DoesNotExist):
        product.refresh()
