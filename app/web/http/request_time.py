"""The time of a request, passed to the domain functions as ``now``; and times in parameters."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends
from pydantic import AfterValidator, AwareDatetime

from app import clock


async def _now() -> datetime:
    return clock.now()


Now = Annotated[datetime, Depends(_now)]


def _in_utc(moment: datetime) -> datetime:
    """At both ends of time, a moment with an offset may be none in UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This moment is outside the calendar.") from None


# A parameter: ISO 8601 with an offset, in UTC, to compare or store it.
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
