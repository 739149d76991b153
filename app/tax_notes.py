"""The line below a total that says which VAT it includes."""

from decimal import Decimal

from app.i18n.messages import lazy_gettext

EXPORT = lazy_gettext("Without VAT. Your country may charge import duties and taxes.")


def tax_note(rate: int) -> str:
    """The text for a rate in tenths of a percent: "Includes 25.5% VAT"."""
    if not rate:
        return EXPORT
    return lazy_gettext("Includes %(rate)s%% VAT", rate=Decimal(rate) / 10)
