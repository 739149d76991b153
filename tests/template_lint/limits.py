"""W16 and W17: every log group has a retention, and every route a throttling limit."""

from collections.abc import Iterator

from tests.template_lint.findings import Finding
from tests.template_lint.wiring import FUNCTION, Properties, Wiring

API = "AWS::ApiGatewayV2"


def check_log_retention(wiring: Wiring) -> Iterator[Finding]:
    for function, properties in wiring.of_type(FUNCTION):
        log = properties.get("LoggingConfig", {}).get("LogGroup")
        if not wiring.properties(log).get("RetentionInDays"):
            yield Finding(
                function,
                "writes logs that never expire: name an AWS::Logs::LogGroup with RetentionInDays "
                "in its LoggingConfig.",
            )


def check_route_throttling(wiring: Wiring) -> Iterator[Finding]:
    for place, route in wiring.of_type(f"{API}::Route"):
        api, key = wiring.logical_id(route["ApiId"]), str(route["RouteKey"])
        stages = [
            it for _, it in wiring.of_type(f"{API}::Stage") if wiring.logical_id(it["ApiId"]) == api
        ]
        if not stages or not all(_is_throttled(it, key) for it in stages):
            yield Finding(
                place,
                "lets one caller use up all of the account's concurrency: set ThrottlingRateLimit "
                "and ThrottlingBurstLimit in the stage's DefaultRouteSettings.",
            )


def _is_throttled(stage: Properties, route: str) -> bool:
    defaults = stage.get("DefaultRouteSettings", {})
    settings = {**defaults, **stage.get("RouteSettings", {}).get(route, {})}
    limits = [settings.get(f"Throttling{it}Limit", 0) for it in ("Rate", "Burst")]
    return all(0 < it < 10_000 for it in limits)  # 10,000 is the default quota of an account
