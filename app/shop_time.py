"""Times and days in the shop's time zone, a parameter of the template.

Times are stored and compared in UTC. A day without a time, such as that of an order number, is a
day in the shop's time zone. This is not part of ``clock``, because importing ``zoneinfo`` takes
time that the cold starts of most workers save.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.settings import settings


def shop_zone() -> ZoneInfo:
    """The shop's time zone. Raises ``ValueError`` for a name that is not in the IANA database.

    Functions that need it call it when they start: a wrong name then fails at once, and not in the
    middle of an order. https://www.iana.org/time-zones
    """
    name = settings().shop_time_zone
    try:
        return ZoneInfo(name)  # cached by the standard library
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"SHOP_TIME_ZONE is {name!r}: set an IANA time zone such as Europe/Berlin."
        ) from error


def shop_time(moment: datetime) -> datetime:
    """The moment in the shop's time zone."""
    return moment.astimezone(shop_zone())


def shop_day(moment: datetime) -> date:
    """The day of the moment in the shop's time zone."""
    return shop_time(moment).date()


def start_of_day(day: date) -> datetime:
    """When the day begins in the shop's time zone. It has 23 or 25 hours when clocks change."""
    return datetime.combine(day, time(), shop_zone())
