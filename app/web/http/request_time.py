"""The moment of a request, read once at the door and handed to the rules."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from app import clock


async def _now() -> datetime:
    return clock.now()


Now = Annotated[datetime, Depends(_now)]
