"""A customer without JavaScript, who submits the shop's forms as a browser would."""

from html.parser import HTMLParser

import httpx

from infra.user_error import UserError

EMAIL = "smoke-test@example.com"


class Shopper:
    """One visitor with a cookie jar. ``transport`` replaces HTTP, for apps in this process."""

    def __init__(self, shop_url: str, transport: httpx.BaseTransport | None = None) -> None:
        self.browser = httpx.Client(
            base_url=shop_url,
            timeout=30,
            headers={"Origin": shop_url, "User-Agent": "shop smoke"},
            transport=transport,
        )

    def add_to_cart(self, sku: str) -> None:
        self._expect(303, self.browser.post("/cart", data={"sku": sku, "quantity": "1"}))

    def fill_in_checkout(self, payment_method: str) -> dict[str, str]:
        """The fields of the checkout form: the hidden ones of the page, and a customer's input."""
        page = self._expect(200, self.browser.get("/checkout"))
        return {**hidden_fields(page.text), **checkout_input(EMAIL, "Ada Lovelace", payment_method)}

    def pay(self, form: dict[str, str]) -> str:
        """Submit the checkout form. Returns the order id."""
        answer = self._expect(303, self.browser.post("/checkout", data=form))
        return answer.headers["location"].rpartition("/")[2]

    def cancel(self, order_id: str) -> bool:
        """Returns whether the order could still be cancelled."""
        answer = self.browser.post(f"/orders/{order_id}/cancel")
        if answer.status_code == 409:
            return False
        self._expect(303, answer)
        return True

    def _expect(self, status: int, answer: httpx.Response) -> httpx.Response:
        if answer.status_code != status:
            request = f"{answer.request.method} {answer.request.url.path}"
            reason = problem_text(answer.text)
            raise UserError(
                f"{request} returned {answer.status_code}{reason and f', {reason}'}: "
                "see `shop logs web`."
            )
        return answer


def checkout_input(email: str, name: str, payment_method: str) -> dict[str, str]:
    """A customer's input for the checkout form."""
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
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        field = dict(attrs)
        if tag == "input" and field.get("type") == "hidden" and field.get("name"):
            self.fields[field["name"] or ""] = field.get("value") or ""


class _ErrorPage(HTMLParser):
    """Collects the sentences of the shop's error page (`errors/problem.html`)."""

    def __init__(self) -> None:
        super().__init__()
        self.sentences: list[str] = []
        self._is_error = self._in_sentence = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = tag, dict(attrs).get("class")
        self._is_error |= element == ("section", "error-page")
        self._in_sentence |= self._is_error and element == ("p", "lede")

    def handle_endtag(self, tag: str) -> None:
        self._in_sentence &= tag != "p"

    def handle_data(self, data: str) -> None:
        if self._in_sentence:
            self.sentences.append(data)


def problem_text(page: str) -> str:
    """What an error page says, with its reference; "" if the page is no error page."""
    parser = _ErrorPage()
    parser.feed(page)
    return " ".join("".join(parser.sentences).split())


def hidden_fields(page: str) -> dict[str, str]:
    """Names and values of the hidden inputs of an HTML page."""
    parser = _HiddenFields()
    parser.feed(page)
    return parser.fields
