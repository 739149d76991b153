"""The moment of a request, read once at the door and handed to the rules."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends


async def _now() -> datetime:
    return datetime.now(UTC)


Now = Annotated[datetime, Depends(_now)]
