"""What a run on AWS would cost, roughly: so many orders and pages, at what each costs at most."""

from infra.user_error import Trouble
from tests.benchmarks.cost.per_order import MOST
from tests.benchmarks.cost.prices import in_dollars
from tests.load.plan import Plan
from tests.load.quotas import ORDERS_PER_VISIT, PAGES_PER_VISIT, visits_a_second

# Of a function's time nothing is counted, and of a page little: both are told generously.
PER_ORDER = MOST | {"gb_seconds": 0.75}
PER_PAGE = {"store_reads": 6, "function_requests": 1, "gb_seconds": 0.08, "api_requests": 1}


def dollars(plan: Plan) -> float:
    visits = visits_a_second(plan) * plan.seconds
    per_order, per_page = (sum(in_dollars(counts).values()) for counts in (PER_ORDER, PER_PAGE))
    return visits * (ORDERS_PER_VISIT * per_order + PAGES_PER_VISIT * per_page) / 1_000_000


def must_not_cost_more(plan: Plan, than: float) -> float:
    """The estimate; raises ``Trouble`` when it is above what somebody is ready to spend."""
    estimate = dollars(plan)
    if estimate > than:
        raise Trouble(
            f"This would cost about ${estimate:.2f}, more than the ${than:.2f} of --spend-up-to."
        )
    return estimate
