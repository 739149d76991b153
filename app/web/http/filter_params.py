"""What somebody looks for on the shelf, read from the address of the page and written into it."""

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.catalog.filters import Wishes
from app.catalog.search import LONGEST
from app.catalog.sorting import Sorting
from app.i18n.messages import said
from app.money import Price as Amount
from app.money import read_amount
from app.web.http.forms import WholeNumber

MOST_COLOURS = 12
UPSIDE_DOWN = said("This is below the lowest price.")
UNREADABLE = said("Please write it like 48.00, up to 99999.99.")

PRICES = {"price_min": said("From %(price)s"), "price_max": said("Up to %(price)s")}


def _trimmed(text: Any) -> Any:
    """Somebody may search for a whole page of text: its beginning is searched for."""
    return " ".join(text[:LONGEST].split()) if isinstance(text, str) else text


Price = Annotated[str, Field(max_length=20)]
Name = Annotated[str, Field(max_length=60)]


class Asked(BaseModel):
    """Fields left empty are no wishes, and unknown ones are ignored.

    A sort or page that cannot be is refused (422); a page beyond the last shows the last.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    q: Annotated[str, BeforeValidator(_trimmed)] = ""
    category: Name = ""
    colour: Annotated[tuple[Name, ...], Field(max_length=MOST_COLOURS)] = ()
    price_min: Price = ""
    price_max: Price = ""
    in_stock: Literal["", "yes"] = ""
    sort: Sorting | Literal[""] = ""
    page: Annotated[WholeNumber, Field(ge=1)] = 1

    @property
    def sorting(self) -> Sorting:
        """Best match where words were searched for, else the order of the shop."""
        sorting = self.sort or Sorting.RELEVANCE
        unknown = sorting == Sorting.RELEVANCE and not self.q
        return Sorting.FEATURED if unknown else sorting

    def wishes(self) -> tuple[Wishes, dict[str, str]]:
        """The wishes, and by field what is wrong; a price that will not do is no wish."""
        prices, wrong = {}, {}
        for name in ("price_min", "price_max"):
            try:
                prices[name] = _read(getattr(self, name))
            except ValueError:
                wrong[name] = UNREADABLE
        low, high = prices.get("price_min"), prices.get("price_max")
        if low is not None and high is not None and low > high:
            prices, wrong = {}, {"price_max": UPSIDE_DOWN}
        colours = tuple(name for name in self.colour if name)
        wishes = Wishes(self.category, colours, in_stock=bool(self.in_stock), **prices)
        return wishes, wrong

    def address(self, **changes: Any) -> str:
        """This page with these changes, and the first of its pages unless they name another."""
        told = self.model_dump(mode="json") | {"page": 1} | changes
        if told["page"] == 1:
            del told["page"]
        pairs = {name: value for name, value in told.items() if value}
        path = "/search" if self.q else "/shelf"
        return f"{path}?{urlencode(pairs, doseq=True)}" if pairs else path

    @property
    def unfiltered(self) -> str:
        """Without what was chosen in the form; on a shelf one stays on that shelf."""
        none = dict.fromkeys(("colour", "price_min", "price_max", "in_stock"), "")
        return self.address(**none, **({"category": ""} if self.q else {}))

    def chips(self) -> list[tuple[str, str]]:
        """Each wish in words, and the address without it."""
        colours = [name for name in self.colour if name]
        chips = [(c, self.address(colour=[it for it in colours if it != c])) for c in colours]
        if self.q and self.category:
            chips.append((self.category, self.address(category="")))
        for name, words in PRICES.items():
            if getattr(self, name):
                shown = said(words, price=_shown(getattr(self, name)))
                chips.append((shown, self.address(**{name: ""})))
        if self.in_stock:
            chips.append((said("In stock"), self.address(in_stock="")))
        return chips


def _read(typed: str) -> int | None:
    """Germans write a comma where others have a point."""
    return read_amount(typed.strip().replace(",", ".")) if typed.strip() else None


def _shown(typed: str) -> Amount | str:
    try:
        return Amount(_read(typed) or 0)
    except ValueError:
        return f"“{typed}”"


AskedShelf = Annotated[Asked, Query()]
