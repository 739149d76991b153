"""What AWS bills for, at list prices of a date."""

from infra.costs.prices import Counts, PriceList, in_dollars, price_list

__all__ = ["Counts", "PriceList", "in_dollars", "price_list"]
