"""The switchboard at `/console/faults`: what can go wrong here, what is on, and all off."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.rendering import at_home, back_to, from_elsewhere, missing, page
from infra.local.faults.kinds import BY_NAME, FAULTS, LARGEST_STRENGTH
from infra.local.faults.switchboard import Switchboard
from infra.user_error import Trouble

PLACES = {
    "cloud": "The cloud misbehaves",
    "books": "Provider and carrier misbehave",
    "once": "Only once",
}


def fault_pages(cloud: LocalCloud) -> list[BaseRoute]:
    pages = FaultPages(Switchboard(cloud))
    return [
        at_home("/console/faults", pages.show),
        at_home("/console/faults/{name}", pages.switch, methods=["POST"]),
    ]


class FaultPages:
    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def show(self, request: Request) -> Response:
        sent = request.query_params.get("sent") in BY_NAME
        return self._page("The poison message is in each queue." if sent else "")

    async def switch(self, request: Request) -> Response:
        """`all` is every fault, and can only be switched off."""
        if from_elsewhere(request):
            return missing(status=403)
        name, form = request.path_params["name"], await request.form()
        if name == "all":
            self._switchboard.clear()
            return back_to("/console/faults")
        if name not in BY_NAME:
            return missing()
        return self._switched(name, str(form.get("to", "")), str(form.get("strength", "")))

    def _switched(self, name: str, to: str, strength: str) -> Response:
        if to == "off":
            self._switchboard.switch_off(name)
            return back_to(f"/console/faults#{name}")
        try:
            self._switchboard.switch_on(name, int(strength) if strength.strip() else None)
        except (Trouble, ValueError):
            return self._page(_wanted(name), status=422)
        sent = "?sent=poison" if BY_NAME[name].place == "once" else ""
        return back_to(f"/console/faults{sent}#{name}")

    def _page(self, said: str, status: int = 200) -> Response:
        return page(
            "faults.html",
            status,
            places={words: [f for f in FAULTS if f.place == it] for it, words in PLACES.items()},
            on=self._switchboard.on(),
            largest=LARGEST_STRENGTH,
            said=said,
        )


def _wanted(name: str) -> str:
    fault = BY_NAME[name]
    return f"{fault.title}: a whole number of {fault.unit} from 1 to {LARGEST_STRENGTH}, please."
