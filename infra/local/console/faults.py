"""The page at `/console/faults`: enable and disable faults, also from the map."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.rendering import (
    error_page,
    local_route,
    redirect_to,
    render_page,
)
from infra.local.faults.injector import FaultInjector
from infra.local.faults.kinds import FAULTS, FAULTS_BY_NAME, MAX_STRENGTH
from infra.user_error import UserError

SECTIONS = {
    "cloud": "Messages, functions and DynamoDB",
    "providers": "Payment provider and carrier",
    "outage": "Outages",
    "once": "Single events",
}


def fault_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = FaultPages(FaultInjector(cloud))
    return [
        local_route("/console/faults", pages.show),
        local_route("/console/faults/{name}", pages.submit, methods=["POST"]),
    ]


class FaultPages:
    def __init__(self, injector: FaultInjector) -> None:
        self._injector = injector

    def show(self, request: Request) -> Response:
        sent = request.query_params.get("sent") in FAULTS_BY_NAME
        return self._page("A poison message was sent to each queue." if sent else "")

    async def submit(self, request: Request) -> Response:
        """The name ``all`` stands for every fault, and can only be disabled."""
        name, form = request.path_params["name"], await request.form()
        if name == "all":
            self._injector.clear()
            return redirect_to("/console/faults")
        if name not in FAULTS_BY_NAME:
            return error_page()
        answer = self._set(name, str(form.get("state", "")), str(form.get("strength", "")))
        is_from_map = answer.status_code == 303 and form.get("back") == "map"
        return redirect_to("/console/map?faults=open#faults") if is_from_map else answer

    def _set(self, name: str, state: str, strength: str) -> Response:
        if state == "off":
            self._injector.disable(name)
            return redirect_to(f"/console/faults#{name}")
        try:
            self._injector.enable(name, int(strength) if strength.strip() else None)
        except (UserError, ValueError):
            return self._page(_expected_strength(name), status=422)
        sent = f"?sent={name}" if FAULTS_BY_NAME[name].target == "once" else ""
        return redirect_to(f"/console/faults{sent}#{name}")

    def _page(self, message: str, status: int = 200) -> Response:
        return render_page(
            "faults.html",
            status,
            sections={
                title: [fault for fault in FAULTS if fault.target == target]
                for target, title in SECTIONS.items()
            },
            active=self._injector.active(),
            max_strength=MAX_STRENGTH,
            message=message,
        )


def _expected_strength(name: str) -> str:
    fault = FAULTS_BY_NAME[name]
    return f"{fault.title}: enter a whole number of {fault.unit} from 1 to {MAX_STRENGTH}."
