"""The pages at `/console`: what runs, the mailbox, one letter, and the merchant's key."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from infra.local.cloud import LocalCloud
from infra.local.console.mailbox import Mailbox
from infra.local.console.signing_in import sign_in
from infra.local.deploy import LOCAL_PARAMETERS
from infra.trouble import Trouble

HERE = Path(__file__).parent
SAFE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; "
    "img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


def console(cloud: LocalCloud) -> list[BaseRoute]:
    pages = Pages(cloud)
    return [
        Route("/console", pages.overview),
        Route("/console/sign-in", pages.sign_in, methods=["POST"]),
        Route("/console/letters/{letter_id}", pages.letter),
        Route("/console/letters/{letter_id}/html", pages.letter_html),
        Route("/console/console.css", lambda _: FileResponse(HERE / "console.css")),
    ]


class Pages:
    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._mailbox = Mailbox(cloud)
        self._merchant = LOCAL_PARAMETERS["MerchantEmails"].partition(",")[0]
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    def overview(self, request: Request) -> Response:
        to = request.query_params.get("to", "").strip()
        return self._page("overview.html", letters=self._mailbox.letters(to=to), to=to)

    def letter(self, request: Request) -> Response:
        letter = self._mailbox.letter(request.path_params["letter_id"])
        if letter is None:
            return self._page("missing.html", status=404)
        return self._page("letter.html", letter=letter)

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
        # Another site must not sign a person in by a form of its own.
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return self._page("missing.html", status=403)
        try:
            cookies = request.headers.get("cookie", "")
            signed_in = sign_in(self._cloud.shop_url, self._merchant, self._mailbox, cookies)
        except Trouble as trouble:
            return self._page("missing.html", status=504, said=str(trouble))
        answer = RedirectResponse(signed_in.headers.get("location", "/sign-in"), 303, SAFE)
        # The console lives at the shop's own address, so the shop's cookies are the browser's.
        for cookie in signed_in.headers.get_list("set-cookie"):
            answer.headers.append("set-cookie", cookie)
        return answer

    def _page(self, template: str, status: int = 200, **shown: object) -> Response:
        page = self._templates.get_template(template)
        html = page.render(cloud=self._cloud, merchant=self._merchant, **{"said": "", **shown})
        return HTMLResponse(html, status, SAFE)
