"""The page at `/console/load`: place many demo orders, and see the progress and the result."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from infra.local.console.load_run import SIZES, LoadRunner
from infra.local.console.rendering import error_page, local_route, redirect_to, render_page

PATH = "/console/load"
MAP = "/console/map#load"


def load_pages(runner: LoadRunner) -> list[BaseRoute]:
    pages = LoadPages(runner)
    return [
        local_route(PATH, pages.show),
        local_route(PATH, pages.start, methods=["POST"]),
        local_route(f"{PATH}/stop", pages.stop, methods=["POST"]),
    ]


class LoadPages:
    def __init__(self, runner: LoadRunner) -> None:
        self._runner = runner

    def show(self, _: Request) -> Response:
        return render_page("load.html", run=self._runner.run, sizes=SIZES)

    async def start(self, request: Request) -> Response:
        size = str((await request.form()).get("size", ""))
        if size not in map(str, SIZES):
            return error_page("Choose one of the sizes.", 422)
        if not self._runner.start(int(size)):
            return error_page("A run is in progress: stop it, or wait until it ends.", 409)
        return redirect_to(MAP)

    def stop(self, _: Request) -> Response:
        """A repeat changes nothing."""
        self._runner.stop()
        return redirect_to(MAP)
