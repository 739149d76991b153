"""The arithmetic of discounts, in whole cents."""

from collections.abc import Sequence


def share_of(amount: int, percent: int) -> int:
    """So many percent of an amount, rounded half up."""
    return (2 * amount * percent + 100) // 200


def split_discount(discount: int, amounts: Sequence[int]) -> tuple[int, ...]:
    """Split a discount in proportion to these amounts: the parts sum to it exactly.

    Largest remainder method: each part is rounded down, and the missing cents go to the parts that
    lost most, the first of equal ones. A part is never more than its amount, since the discount is
    at most the sum of the amounts. https://en.wikipedia.org/wiki/Quota_method
    """
    total = sum(amounts)
    if not discount:
        return (0,) * len(amounts)
    parts = [discount * amount // total for amount in amounts]
    by_remainder = sorted(range(len(amounts)), key=lambda it: -(discount * amounts[it] % total))
    for index in by_remainder[: discount - sum(parts)]:
        parts[index] += 1
    return tuple(parts)
