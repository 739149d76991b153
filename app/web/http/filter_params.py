"""What somebody looks for on the shelf, read from the address of the page and written into it."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.catalog.filters import Filters
from app.catalog.search import MAX_QUERY_LENGTH
from app.catalog.sorting import SortOrder
from app.i18n.messages import lazy_gettext
from app.money import Money as Amount
from app.money import parse_amount
from app.web.http.forms import WholeNumber

MAX_COLOURS = 12
MAX_BELOW_MIN = lazy_gettext("This is below the lowest price.")
INVALID_PRICE = lazy_gettext("Please write it like 48.00, up to 99999.99.")

PRICES = {"price_min": lazy_gettext("From %(price)s"), "price_max": lazy_gettext("Up to %(price)s")}


def _trimmed(text: Any) -> Any:
    """Somebody may search for a whole page of text: its beginning is searched for."""
    return " ".join(text[:MAX_QUERY_LENGTH].split()) if isinstance(text, str) else text


Price = Annotated[str, Field(max_length=20)]
Name = Annotated[str, Field(max_length=60)]


class ProductListQuery(BaseModel):
    """Fields left empty are no wishes, and unknown ones are ignored.

    A sort or page that cannot be is refused (422); a page beyond the last shows the last.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: Annotated[str, BeforeValidator(_trimmed)] = ""
    category: Name = ""
    colour: Annotated[tuple[Name, ...], Field(max_length=MAX_COLOURS)] = ()
    price_min: Price = ""
    price_max: Price = ""
    in_stock: Literal["", "yes"] = ""
    sort: SortOrder | Literal[""] = ""
    page: Annotated[WholeNumber, Field(ge=1)] = 1

    @property
    def sorting(self) -> SortOrder:
        """Best match where words were searched for, else the order of the shop."""
        sorting = self.sort or SortOrder.RELEVANCE
        unknown = sorting == SortOrder.RELEVANCE and not self.q
        return SortOrder.FEATURED if unknown else sorting

    def filters(self) -> tuple[Filters, dict[str, str]]:
        """The wishes, and by field what is wrong; a price that will not do is no wish."""
        prices, wrong = {}, {}
        for name in ("price_min", "price_max"):
            try:
                prices[name] = _read(getattr(self, name))
            except ValueError:
                wrong[name] = INVALID_PRICE
        low, high = prices.get("price_min"), prices.get("price_max")
        if low is not None and high is not None and low > high:
            prices, wrong = {}, {"price_max": MAX_BELOW_MIN}
        colours = tuple(name for name in self.colour if name)
        wishes = Filters(self.category, colours, in_stock=bool(self.in_stock), **prices)
        return wishes, wrong

    def url(self, **changes: Any) -> str:
        """This page with these changes, and the first of its pages unless they name another."""
        told = self.model_dump(mode="json") | {"page": 1} | changes
        if told["page"] == 1:
            del told["page"]
        pairs = {name: value for name, value in told.items() if value}
        path = "/search" if self.q else "/products"
        return f"{path}?{urlencode(pairs, doseq=True)}" if pairs else path

    @property
    def unfiltered_url(self) -> str:
        """Without what was chosen in the form; on a shelf one stays on that shelf."""
        none = dict.fromkeys(("colour", "price_min", "price_max", "in_stock"), "")
        return self.url(**none, **({"category": ""} if self.q else {}))

    def active_filters(self) -> list[tuple[str, str]]:
        """Each wish in words, and the address without it."""
        colours = [name for name in self.colour if name]
        chips = [(c, self.url(colour=[it for it in colours if it != c])) for c in colours]
        if self.q and self.category:
            chips.append((self.category, self.url(category="")))
        for name, words in PRICES.items():
            if getattr(self, name):
                shown = lazy_gettext(words, price=_shown(getattr(self, name)))
                chips.append((shown, self.url(**{name: ""})))
        if self.in_stock:
            chips.append((lazy_gettext("In stock"), self.url(in_stock="")))
        return chips


def _read(typed: str) -> int | None:
    """Germans write a comma where others have a point."""
    return parse_amount(typed.strip().replace(",", ".")) if typed.strip() else None


def _shown(typed: str) -> Amount | str:
    try:
        return Amount(_read(typed) or 0)
    except ValueError:
        return f"“{typed}”"


ProductListParams = Annotated[ProductListQuery, Query()]
