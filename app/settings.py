"""What the template tells the code: names of resources, time limits, addresses."""

import os
from functools import cache

from msgspec import Struct, convert


class Settings(Struct, frozen=True):
    """Each field is the environment variable of the same name in capitals.

    A function is given only what it uses; what it was not given stays empty and is refused by AWS
    at the first call, never at import.
    """

    shop: str = "hearth-and-clay"
    base_url: str = "http://localhost:8000"
    upload_origin: str = ""
    topic_arn: str = ""
    workflow_arn: str = ""
    upload_bucket: str = ""
    media_bucket: str = ""
    secret_name: str = ""
    queue_url: str = ""
    dead_letters_url: str = ""
    mail_from: str = ""
    merchant_emails: str = ""
    somebody_waits: bool = False  # for each answer of this function: better soon no than late
    packing_seconds: int = 1800
    review_seconds: int = 86_400
    patience_seconds: int = 1200  # an open order that has not moved for so long is looked at
    provider_outage_seconds: int = 60

    @property
    def merchants(self) -> frozenset[str]:
        return frozenset(e.strip().lower() for e in self.merchant_emails.split(",") if e.strip())


@cache
def settings() -> Settings:
    known = {field: os.environ.get(field.upper()) for field in Settings.__struct_fields__}
    return convert({k: v for k, v in known.items() if v is not None}, Settings, strict=False)
