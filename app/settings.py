"""Settings from environment variables, which infra/template.yaml sets for each function."""

import os
from functools import cache

from msgspec import Struct, convert


class Settings(Struct, frozen=True):
    """Each field is read from the environment variable of the same name in capitals.

    The template sets only the variables that a function uses. An unset name stays empty, so that a
    missing one fails at the first AWS call and not at import.
    """

    stack_name: str = "hearth-and-clay"
    base_url: str = "http://localhost:8000"
    upload_origin: str = ""
    topic_arn: str = ""
    workflow_arn: str = ""
    upload_bucket: str = ""
    media_bucket: str = ""
    secret_name: str = ""
    origin_secret: str = ""  # JSON with one or two values, one of which CloudFront sends
    webhook_secret_name: str = ""
    queue_url: str = ""
    dead_letter_queue_url: str = ""
    consumer_queue_urls: str = ""  # of the verifier: "email=https://... analytics=https://..."
    mail_from: str = ""
    owner_emails: str = ""
    staff_emails: str = ""
    shop_time_zone: str = "Europe/Berlin"  # an IANA name; app/shop_time.py checks it
    interactive_timeouts: bool = False  # web function only: short timeouts
    packing_seconds: int = 1800
    review_seconds: int = 86_400
    stuck_after_seconds: int = 1200  # an open order that keeps its status for longer is stuck
    provider_outage_seconds: int = 60
    orders_per_network: int = 20  # in 15 minutes, or unpaid; 0 sets no limit
    units_per_network: int = 100  # in all unpaid orders together
    load_test_key: str = ""  # a header that is signed with it exempts from these two; empty: none
    edge_cache_seconds: int = 30  # of shared pages; 0: CloudFront does not cache them
    emails_per_address: int = 3  # unpaid orders of a day with an email each, then one an hour
    invoice_retention_years: int = 8  # from the end of the order's year
    log_retention_days: int = 30  # of CloudWatch; the privacy page says it
    uncharged_order_days: int = 180  # until orders that were never charged lose personal data

    @property
    def owners(self) -> frozenset[str]:
        """Email addresses of the shop's owners, who may do everything in the admin."""
        return _addresses(self.owner_emails)

    @property
    def merchants(self) -> frozenset[str]:
        """Email addresses that may sign in to the admin: those of the owners and of the staff."""
        return self.owners | _addresses(self.staff_emails)

    @property
    def consumer_queues(self) -> dict[str, str]:
        """The queue URL of each consumer, by its name."""
        return dict(pair.split("=", 1) for pair in self.consumer_queue_urls.split())


def _addresses(text: str) -> frozenset[str]:
    """Addresses that commas separate, in lower case."""
    return frozenset(email.strip().lower() for email in text.split(",") if email.strip())


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    values = {field: os.environ.get(field.upper()) for field in Settings.__struct_fields__}
    given = {field: value for field, value in values.items() if value is not None}
    return convert(given, Settings, strict=False)
