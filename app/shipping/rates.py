"""Shipping rates in cents: one flat rate, free from a threshold."""

SHIPPING = 590
FREE_FROM = 12_000


def shipping_cost(subtotal: int) -> int:
    return 0 if subtotal >= FREE_FROM else SHIPPING
