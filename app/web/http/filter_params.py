"""Query parameters of product list and search: parsed from the URL, and built into links."""

from functools import cached_property
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.catalog.filters import Filters, SortOrder
from app.catalog.search import MAX_QUERY_LENGTH
from app.form_fields import error_message, optional
from app.i18n.currency import Money
from app.i18n.messages import lazy_gettext
from app.money import MAX_MONEY_LENGTH, read_money
from app.text_policy import clean_search_text
from app.web.http.forms import WholeNumber

MAX_NAMES = 20  # of colours, and of materials
MAX_BELOW_MIN = lazy_gettext("The maximum must be higher than the minimum.")

PRICE_NAMES = {
    "price_min": lazy_gettext("a minimum price"),
    "price_max": lazy_gettext("a maximum price"),
}
PRICE_LABELS = {
    "price_min": lazy_gettext("From %(price)s"),
    "price_max": lazy_gettext("Up to %(price)s"),
}


def _search_text(text: str) -> str:
    return clean_search_text(text)[:MAX_QUERY_LENGTH].rstrip()


def _page_or_first(page: str | int) -> str | int:
    return page or 1


# The page shows these texts again, and compares them with stored names, which are in NFC.
SearchText = BeforeValidator(clean_search_text)
Price = Annotated[str, SearchText, Field(max_length=MAX_MONEY_LENGTH)]
Name = Annotated[str, SearchText, Field(max_length=60)]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_NAMES)]


class ProductListQuery(BaseModel):
    """Empty and unknown parameters are ignored.

    An invalid sort order or page number is refused (422); a page after the last shows the last.
    ``start`` is the first page shown: "Load more" keeps the pages before.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    category: Name = ""
    colour: Names = ()
    material: Names = ()
    price_min: Price = ""
    price_max: Price = ""
    in_stock: Literal["", "yes"] = ""
    sort: SortOrder | Literal[""] = ""
    page: Annotated[WholeNumber, Field(ge=1), BeforeValidator(_page_or_first)] = 1
    start: Annotated[WholeNumber, Field(ge=0)] = 0

    @property
    def text(self) -> str:
        """What a search is for; empty for the product list."""
        return ""

    @property
    def is_exact(self) -> bool:
        """Whether to search for the words as typed, without correcting typos."""
        return False

    @property
    def sorting(self) -> SortOrder:
        """The sort order; without one, by relevance in a search and featured first in the list."""
        sorting = self.sort or SortOrder.RELEVANCE
        is_search = bool(self.text)
        return sorting if is_search or sorting != SortOrder.RELEVANCE else SortOrder.FEATURED

    def filters(self) -> tuple[Filters, dict[str, str]]:
        """The filters without invalid prices, and the error messages by field."""
        prices, errors = {}, {}
        for name in ("price_min", "price_max"):
            try:
                prices[name] = _read_price(getattr(self, name))
            except ValueError as error:
                errors[name] = error_message(error, PRICE_NAMES[name])
        low, high = prices.get("price_min"), prices.get("price_max")
        if low is not None and high is not None and low > high:
            prices, errors = {}, {"price_max": MAX_BELOW_MIN}
        colours = tuple(filter(None, self.colour))
        materials = tuple(filter(None, self.material))
        filters = Filters(self.category, colours, materials, in_stock=bool(self.in_stock), **prices)
        return filters, errors

    @cached_property
    def _params(self) -> dict[str, Any]:
        return {"q": "", "exact": ""} | self.model_dump(mode="json")

    def url(self, **changes: Any) -> str:
        """The URL of this list with these changes; it starts at page 1 unless they name a page."""
        params = self._params | {"page": 1, "start": 0} | changes
        if params["page"] == 1:
            del params["page"]
        pairs = {name: value for name, value in params.items() if value}
        path = "/search" if self.text else "/products"
        return f"{path}?{urlencode(pairs, doseq=True)}" if pairs else path

    @property
    def unfiltered_url(self) -> str:
        """The URL without the form's filters; a category of the product list stays."""
        none = dict.fromkeys(("colour", "material", "price_min", "price_max", "in_stock"), "")
        return self.url(**none, **({"category": ""} if self.text else {}))

    def active_filters(self) -> list[tuple[str, str]]:
        """Label and removal URL of each filter in use."""
        active = [
            (name, self.url(**{field: [it for it in names if it and it != name]}))
            for field, names in (("colour", self.colour), ("material", self.material))
            for name in names
            if name
        ]
        if self.text and self.category:
            active.append((self.category, self.url(category="")))
        for name, label in PRICE_LABELS.items():
            if value := getattr(self, name):
                text = lazy_gettext(label, price=_formatted_price(value))
                active.append((text, self.url(**{name: ""})))
        if self.in_stock:
            active.append((lazy_gettext("In stock"), self.url(in_stock="")))
        return active


class SearchQuery(ProductListQuery):
    """The product list of a search. ``exact`` takes the words as typed."""

    q: Annotated[str, BeforeValidator(_search_text)] = ""
    exact: Literal["", "yes"] = ""

    @property
    def text(self) -> str:
        return self.q

    @property
    def is_exact(self) -> bool:
        return bool(self.exact)


_read_price = optional(read_money)


def _formatted_price(typed: str) -> Money | str:
    try:
        return Money(_read_price(typed) or 0)
    except ValueError:
        return f"“{typed}”"


ProductListParams = Annotated[ProductListQuery, Query()]
SearchParams = Annotated[SearchQuery, Query()]
