"""The pages at `/console`: emails, a single email, and the merchant sign-in."""

import re

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.dead_letters import dead_letter_pages
from infra.local.console.emails import Mailbox
from infra.local.console.faults import fault_pages
from infra.local.console.log_pages import log_pages
from infra.local.console.map import map_pages
from infra.local.console.orders import order_pages
from infra.local.console.queue_pages import queue_pages
from infra.local.console.rendering import (
    HERE,
    SECURITY_HEADERS,
    error_page,
    local_route,
    render_page,
)
from infra.local.console.sign_in import sign_in
from infra.local.console.tour_pages import tour_pages
from infra.local.console.workflow_pages import workflow_pages
from infra.local.deploy import LOCAL_PARAMETERS
from infra.local.faults.injector import FaultInjector
from infra.user_error import UserError

PAGE_START = re.compile(r"[0-9]{1,9}")
MERCHANTS = {
    role: LOCAL_PARAMETERS[parameter].partition(",")[0]
    for role, parameter in (("owner", "OwnerEmails"), ("staff", "StaffEmails"))
}


def console_routes(cloud: LocalCloud) -> list[BaseRoute]:
    """All routes of the console."""
    pages = ConsolePages(cloud)
    return [
        local_route("/console", pages.overview),
        local_route("/console/sign-in/{role}", pages.sign_in, methods=["POST"]),
        local_route("/console/emails/{message_id}", pages.email),
        local_route("/console/emails/{message_id}/html", pages.email_html),
        *tour_pages(),
        *map_pages(cloud),
        *order_pages(cloud),
        *workflow_pages(cloud),
        *log_pages(cloud),
        *queue_pages(cloud),
        *fault_pages(cloud),
        *dead_letter_pages(cloud),
        local_route("/console/console.css", lambda _: FileResponse(HERE / "console.css")),
        local_route("/console/refresh.js", lambda _: FileResponse(HERE / "refresh.js")),
        local_route("/console/connection.js", lambda _: FileResponse(HERE / "connection.js")),
    ]


class ConsolePages:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._mailbox = Mailbox(cloud)
        self._faults = FaultInjector(cloud)

    def overview(self, request: Request) -> Response:
        to, skip = request.query_params.get("to", "").strip(), request.query_params.get("skip", "")
        return render_page(
            "overview.html",
            page=self._mailbox.page(to=to, skip=int(skip) if PAGE_START.fullmatch(skip) else 0),
            to=to,
            cloud=self._cloud,
            merchants=MERCHANTS,
            active_faults=len(self._faults.active()),
        )

    def email(self, request: Request) -> Response:
        email = self._mailbox.find_email(request.path_params["message_id"])
        if email is None:
            return error_page()
        return render_page("email.html", email=email)

    def email_html(self, request: Request) -> Response:
        """The email's HTML for the sandboxed iframe: images and links, but no scripts."""
        email = self._mailbox.find_email(request.path_params["message_id"])
        policy = (
            f"default-src 'none'; style-src 'unsafe-inline'; img-src {self._cloud.shop_url}; "
            "sandbox allow-top-navigation-by-user-activation allow-popups"
        )
        html = f'<base target="_top">{email.html}' if email else ""
        return HTMLResponse(html, headers=SECURITY_HEADERS | {"Content-Security-Policy": policy})

    def sign_in(self, request: Request) -> Response:
        if (email := MERCHANTS.get(request.path_params["role"])) is None:
            return error_page()
        try:
            cookies = request.headers.get("cookie", "")
            confirmed = sign_in(self._cloud, email, cookies)
        except UserError as error:
            return error_page(str(error), 504)
        location = confirmed.headers.get("location", "/sign-in")
        response = RedirectResponse(location, 303, SECURITY_HEADERS)
        # The console has the same origin as the shop, so the shop's cookies apply to the browser.
        for cookie in confirmed.headers.get_list("set-cookie"):
            response.headers.append("set-cookie", cookie)
        return response
