"""The pages at `/console`: what runs, the mailbox, one letter, and the merchant's key."""

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from infra.local.cloud import LocalCloud
from infra.local.console.dead_letters import dead_letter_pages
from infra.local.console.emails import Mailbox
from infra.local.console.faults import fault_pages
from infra.local.console.rendering import HERE, SAFE, at_home, from_elsewhere, missing, page
from infra.local.console.sign_in import sign_in
from infra.local.deploy import LOCAL_PARAMETERS
from infra.local.faults.switchboard import Switchboard
from infra.user_error import Trouble


def console(cloud: LocalCloud) -> list[BaseRoute]:
    pages = Pages(cloud)
    return [
        at_home("/console", pages.overview),
        at_home("/console/sign-in", pages.sign_in, methods=["POST"]),
        at_home("/console/letters/{letter_id}", pages.letter),
        at_home("/console/letters/{letter_id}/html", pages.letter_html),
        *fault_pages(cloud),
        *dead_letter_pages(cloud),
        at_home("/console/console.css", lambda _: FileResponse(HERE / "console.css")),
        at_home("/console/refresh.js", lambda _: FileResponse(HERE / "refresh.js")),
    ]


class Pages:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._mailbox = Mailbox(cloud)
        self._merchant = LOCAL_PARAMETERS["MerchantEmails"].partition(",")[0]
        self._switchboard = Switchboard(cloud)

    def overview(self, request: Request) -> Response:
        to = request.query_params.get("to", "").strip()
        return page(
            "overview.html",
            letters=self._mailbox.letters(to=to),
            to=to,
            cloud=self._cloud,
            merchant=self._merchant,
            faults_on=len(self._switchboard.on()),
        )

    def letter(self, request: Request) -> Response:
        letter = self._mailbox.letter(request.path_params["letter_id"])
        if letter is None:
            return missing()
        return page("email.html", letter=letter)

    def letter_html(self, request: Request) -> Response:
        """The letter alone, for the frame: it may show the shop's pictures, be clicked, no more."""
        letter = self._mailbox.letter(request.path_params["letter_id"])
        policy = (
            f"default-src 'none'; style-src 'unsafe-inline'; img-src {self._cloud.shop_url}; "
            "sandbox allow-top-navigation-by-user-activation allow-popups"
        )
        html = f'<base target="_top">{letter.html}' if letter else ""
        return HTMLResponse(html, headers=SAFE | {"Content-Security-Policy": policy})

    def sign_in(self, request: Request) -> Response:
        if from_elsewhere(request):
            return missing(status=403)
        try:
            cookies = request.headers.get("cookie", "")
            signed_in = sign_in(self._cloud.shop_url, self._merchant, self._mailbox, cookies)
        except Trouble as trouble:
            return missing(str(trouble), 504)
        answer = RedirectResponse(signed_in.headers.get("location", "/sign-in"), 303, SAFE)
        # The console lives at the shop's own address, so the shop's cookies are the browser's.
        for cookie in signed_in.headers.get_list("set-cookie"):
            answer.headers.append("set-cookie", cookie)
        return answer
