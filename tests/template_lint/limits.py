"""W16 and W17: logs do not stay for ever, and no route takes all there is."""

from collections.abc import Iterator

from tests.template_lint.findings import Finding
from tests.template_lint.wiring import FUNCTION, Properties, Wiring

API = "AWS::ApiGatewayV2"


def forgets_its_log(wiring: Wiring) -> Iterator[Finding]:
    for function, properties in wiring.of(FUNCTION):
        log = properties.get("LoggingConfig", {}).get("LogGroup")
        if not wiring.properties(log).get("RetentionInDays"):
            yield Finding(
                function,
                "writes a log that is kept, and paid for, for ever: name an AWS::Logs::LogGroup "
                "with RetentionInDays in its LoggingConfig.",
            )


def throttles_each_route(wiring: Wiring) -> Iterator[Finding]:
    for place, route in wiring.of(f"{API}::Route"):
        api, key = wiring.named(route["ApiId"]), str(route["RouteKey"])
        stages = [it for _, it in wiring.of(f"{API}::Stage") if wiring.named(it["ApiId"]) == api]
        if not stages or not all(_is_throttled(it, key) for it in stages):
            yield Finding(
                place,
                "lets one caller use up every function of the account: set ThrottlingRateLimit "
                "and ThrottlingBurstLimit in the stage's DefaultRouteSettings.",
            )


def _is_throttled(stage: Properties, route: str) -> bool:
    usual = stage.get("DefaultRouteSettings", {})
    own = {**usual, **stage.get("RouteSettings", {}).get(route, {})}
    limits = [own.get(f"Throttling{it}Limit", 0) for it in ("Rate", "Burst")]
    return all(0 < it < 10_000 for it in limits)  # 10,000 is what an account has at all
