"""Estimate what a run on AWS costs: its orders and page views, at the budgeted cost of each."""

from infra.local.prices import usd_per_million
from infra.user_error import UserError
from tests.benchmarks.cost.per_order import MAX_UNITS_PER_ORDER
from tests.load.plan import Plan
from tests.load.quotas import ORDERS_PER_VISIT, PAGES_PER_VISIT, visits_per_second

# `shop cost` assumes a function's duration; both figures here are generous.
PER_ORDER = MAX_UNITS_PER_ORDER | {"gb_seconds": 0.75}
PER_PAGE = {"read_units": 6, "function_requests": 1, "gb_seconds": 0.08, "api_requests": 1}


def estimate_usd(plan: Plan) -> float:
    visits = visits_per_second(plan) * plan.seconds
    per_order, per_page = (
        sum(usd_per_million(counts).values()) for counts in (PER_ORDER, PER_PAGE)
    )
    return visits * (ORDERS_PER_VISIT * per_order + PAGES_PER_VISIT * per_page) / 1_000_000


def require_budget(plan: Plan, *, max_usd: float) -> float:
    """Return the estimate in USD; raise ``UserError`` when it is above ``max_usd``."""
    estimate = estimate_usd(plan)
    if estimate > max_usd:
        raise UserError(
            f"This would cost about ${estimate:.2f}, more than the ${max_usd:.2f} of --max-usd."
        )
    return estimate
