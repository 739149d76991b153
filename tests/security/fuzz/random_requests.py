"""Random requests: any route, any caller, and random values in every field."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.security.fuzz import strategies as of
from tests.security.test_authorization import CALLERS, CALLS
from tests.unit.app.web.api.test_api import order_body
from tests.unit.app.web.pages import ADDRESS, FRAGMENT_HEADERS

TERMS = {
    "percent": "10",
    "minimum": "20.00",
    "starts_at": "2031-06-12T10:00",
    "max_redemptions": "5",
    "max_per_customer": "1",
}
# Valid form fields of each route, some of which random or hostile values replace.
FORMS: dict[str, dict[str, str]] = {
    "/theme": {"theme": "dark", "next": "/"},
    "/language": {"language": "de", "next": "/"},
    "/debug-panel": {"debug_panel": "on", "next": "/"},
    "/admin/imports/{import_id}/mapping": {
        "column_0": "title",
        "column_1": "price",
        "category": "Other",
        "has_headings": "yes",
    },
    "/admin/orders/{order_id}/decision": {"decision": "reject", "comment": "No."},
    "/orders/{order_id}/return": {
        "quantity-1": "1",
        "reason": "damaged",
        "note": "A crack.",
        "request_id": "0" * 26,
    },
    "/admin/orders/{order_id}/return-decision": {
        "number": "1",
        "decision": "refused",
        "message": "No.",
    },
    "/admin/orders/{order_id}/return-receipt": {
        "number": "1",
        "received-1": "1",
        "restocked-1": "1",
        "amount": "1.00",
    },
    "/admin/packing": {"order-" + "0" * 26: "on"},
    "/admin/reviews/reject": {"order-" + "0" * 26: "1", "comment": "No."},
    "/admin/orders/{order_id}/notes": {"note": "Fragile.", "note_id": "0" * 26},
    "/admin/products/{slug}/variants/{sku}": {
        "price": "48.00",
        "compare_at": "60.00",
        "weight_g": "850",
        "barcode": "4006381333931",
        "version": "0",
    },
    "/admin/products/{slug}/variants": {"sku_1": "X", "name_1": "Y", "price_1": "1.00"},
    "/admin/products/{slug}/images/{image_id}": {"size": "1"},
    "/admin/products/{slug}/images/{image_id}/position": {"position": "1"},
    "/admin/products/{slug}/images/{image_id}/details": {"alt": "A jug", "sku": ""},
    "/admin/products/{slug}/translations/{language}": {
        "title": "Krug",
        "blurb": "x",
        "version": "1",
    },
    "/admin/products/{slug}/receive-stock": {
        "sku": "SKU",
        "quantity": "1",
        "delivery_id": "0" * 26,
    },
    "/cart": {"sku": "SKU", "quantity": "1"},
    "/cart/lines/{sku}": {"quantity": "2"},
    "/cart/discount": {"new_discount_code": "WELCOME10"},
    "/checkout": {"form": "", "cart_version": "1", "total": "1", **ADDRESS},
    "/checkout/address": ADDRESS,
    "/checkout/discount": {"new_discount_code": "WELCOME10", **ADDRESS},
    "/admin/discounts": {"code": "TEN", **TERMS},
    "/admin/discounts/{code}": {"version": "0", **TERMS},
    "/account/addresses/{address_id}": ADDRESS,
    "/account/addresses/{address_id}/fields": ADDRESS,
    "/sign-in": {"email": "ada@potter.example", "next": "/"},
    "/admin/products": {"slug": "x", "title": "Jug", "price": "1.00", "sku_1": "X", "name_1": "Y"},
    "/admin/products/{slug}/edit": {
        "title": "Jug",
        "price": "1.00",
        "version": "1",
        "published": "no",
    },
    "/admin/products/{slug}/images": {"content_type": "image/png", "alt": "A jug"},
    "/admin/stock/{sku}/adjustments": {
        "reason": "broken",
        "quantity": "1",
        "shown_quantity": "1",
        "version": "0",
        "adjustment_id": "0" * 26,
    },
    "/find-order": {"number": "HC-20311123-4F7Q2-9XKTB", "email": "ada@potter.example"},
    "/admin/product-order": {"slug": "SLUG", "place": "1", "seen": "0"},
    "/admin/products/bulk-edit": {
        "product-SLUG": "1",
        "action": "set_price",
        "price": "1.00",
        "confirmed": "yes",
        "job_id": "01JD00000000000000000000ZZ",
    },
}
CONTENT_TYPES = (
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/xml",
    "",
)
HEADERS: tuple[dict[str, str], ...] = (
    *({}, {}, {}, FRAGMENT_HEADERS, {"HX-Request": "true"}, {"Accept": "application/json"}),
    {"Sec-Fetch-Site": "same-origin", "Accept-Language": "de;q=0.9, *;q=x"},
    {"Cookie": "visitor=x; language=de; debug_panel=on; theme=dark; flash=carts_merged"},
    {"Accept-Encoding": "gzip", "Range": "bytes=0-", "If-None-Match": "*"},
    {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-HTTP-Method": "DELETE"},
    {"Authorization": "Bearer x.y.z", "HX-Target": "div#pager"},
    {"If-Match": 'W/"x", *, "', "If-None-Match": '"" , W/"~'},
)
MAX_URL_LENGTH = 60_000  # httpx sends no longer one, and API Gateway accepts 10,240 bytes
RAW_BODY_RATE = (False,) * 19 + (True,)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), of.text, of.hostile),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(of.text, inner)),
    max_leaves=8,
)


@dataclass(frozen=True)
class RandomRequest:
    """One request. ``SKU`` and ``SLUG`` are replaced by those of an existing product."""

    by: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    form: tuple[tuple[str, str], ...] = ()
    json: Any = None
    raw: bytes | None = None


@st.composite
def requests(draw: st.DrawFn) -> RandomRequest:
    method, route = draw(st.sampled_from(CALLS))
    path = route.path
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", _escaped(draw(_part(name))))
    if query := draw(st.one_of(st.just([]), of.fields)):
        path += f"?{urlencode(query, errors='surrogatepass')}"
    path = path[:MAX_URL_LENGTH]
    headers = dict(draw(st.sampled_from(HEADERS)))
    by = draw(st.sampled_from((*CALLERS, "shop_owner", "shop_owner")))
    if route.path.startswith("/api/"):
        return _to_the_api(draw, by, method, path, headers)
    headers |= {"Content-Type": draw(st.sampled_from((CONTENT_TYPES[0],) * 40 + CONTENT_TYPES))}
    form = FORMS.get(route.path, {}) | dict(draw(of.fields))
    raw = draw(st.binary(max_size=60)) if draw(st.sampled_from(RAW_BODY_RATE)) else None
    pairs = tuple(form.items()) if method == "POST" else ()
    return RandomRequest(by, method, path, tuple(headers.items()), pairs, raw=raw)


def _part(name: str) -> st.SearchStrategy[str]:
    known = {"sku": "SKU", "slug": "SLUG", "language": "de", "table": "spans"}
    valid = st.just(known.get(name, "0" * 26))
    return st.one_of(valid, valid, of.ulid, of.text, of.hostile)


def _escaped(part: str) -> str:
    return quote(part, safe="", errors="surrogatepass") or "x"


def _to_the_api(
    draw: st.DrawFn, by: str, method: str, path: str, headers: dict[str, str]
) -> RandomRequest:
    key = draw(of.idempotency_key).encode("ascii", "ignore").decode()
    headers |= {"Idempotency-Key": "".join(it for it in key if it.isprintable())}
    body: Any = order_body(("SKU", draw(st.one_of(st.integers(-1, 12), json_values))))
    body |= draw(st.dictionaries(st.sampled_from((*body, "extra")), json_values, max_size=2))
    if method != "POST":
        return RandomRequest(by, method, path, tuple(headers.items()))
    return RandomRequest(by, method, path, tuple(headers.items()), json=body)
