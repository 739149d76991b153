"""The routes of the admin, which a Lambda function of its own serves."""

from app.web.admin import (
    audit_log,
    bulk_edit,
    discounts,
    images,
    imports,
    order_list,
    orders,
    packing,
    product_forms,
    product_order,
    products,
    returns,
    reviews,
    sales,
    stock,
    translations,
    variants,
)

ADMIN_ROUTERS = (
    orders.router,
    returns.router,
    order_list.router,
    reviews.router,
    packing.router,
    product_forms.router,  # before products: "new" is no slug
    products.router,
    product_order.router,
    variants.router,
    images.router,
    translations.router,
    bulk_edit.router,
    imports.router,
    stock.router,
    discounts.router,
    sales.router,
    audit_log.router,
)
