"""The time of a request: read once and passed to the domain functions as ``now``."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends

from app import clock


async def _now() -> datetime:
    return clock.now()


Now = Annotated[datetime, Depends(_now)]
