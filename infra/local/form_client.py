"""A customer without JavaScript: fills in the shop's own forms, as any browser would send them."""

from html.parser import HTMLParser

import httpx

from infra.user_error import Trouble

EMAIL = "check@example.com"


class Shopper:
    """One visitor with a cookie jar, who comes by HTTP or another way; `pay` presses the button."""

    def __init__(self, shop_url: str, way: httpx.BaseTransport | None = None) -> None:
        self.browser = httpx.Client(
            base_url=shop_url,
            timeout=30,
            headers={"Origin": shop_url, "User-Agent": "shop check"},
            transport=way,
        )

    def put_in_cart(self, sku: str) -> None:
        self._expect(303, self.browser.post("/cart", data={"sku": sku, "quantity": "1"}))

    def fill_in(self, payment_method: str) -> dict[str, str]:
        """The checkout form, ready to be sent: what the page hid in it, and what a person types."""
        page = self._expect(200, self.browser.get("/checkout"))
        return {**hidden_fields(page.text), **typed(EMAIL, "Ada Lovelace", payment_method)}

    def pay(self, form: dict[str, str]) -> str:
        """Press the button; the order's id."""
        answer = self._expect(303, self.browser.post("/checkout", data=form))
        return answer.headers["location"].rpartition("/")[2]

    def cancel(self, order_id: str) -> bool:
        """Whether it was still possible."""
        answer = self.browser.post(f"/orders/{order_id}/cancel")
        if answer.status_code == 409:
            return False
        self._expect(303, answer)
        return True

    def _expect(self, status: int, answer: httpx.Response) -> httpx.Response:
        if answer.status_code != status:
            asked = f"{answer.request.method} {answer.request.url.path}"
            raise Trouble(f"{asked} answered {answer.status_code}: see `shop logs shop`.")
        return answer


def typed(email: str, name: str, payment_method: str) -> dict[str, str]:
    """What somebody fills into the checkout form."""
    return {
        "email": email,
        "name": name,
        "country": "DE",
        "street": "Torstraße 1",
        "postal_code": "10119",
        "city": "Berlin",
        "payment_method": payment_method,
    }


class _HiddenFields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        field = dict(attrs)
        if tag == "input" and field.get("type") == "hidden" and field.get("name"):
            self.found[field["name"] or ""] = field.get("value") or ""


def hidden_fields(page: str) -> dict[str, str]:
    parser = _HiddenFields()
    parser.feed(page)
    return parser.found
