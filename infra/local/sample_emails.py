"""Render every email with sample data, for previews and tests."""

from datetime import UTC, datetime
from types import SimpleNamespace

from app.emails.templates import TEMPLATES_FOLDER, Email, render_email
from app.i18n.locales import ENGLISH, Language
from app.orders.close_reasons import CloseReason, close_reason_text
from app.orders.models import Address, OrderLine
from app.orders.return_policy import RETURN_ADDRESS


def email_kinds() -> tuple[str, ...]:
    """The folders of email templates, one per kind."""
    return tuple(sorted(path.name for path in TEMPLATES_FOLDER.iterdir() if path.is_dir()))


def _order(name: str) -> SimpleNamespace:
    """An order with a discount code and another billing address."""
    return SimpleNamespace(
        number="HC-20310612-4F7Q2-9XKTB",
        email_verified=True,
        address=Address(name, "12 Kiln Row", "Höhr-Grenzhausen", "56203", "", "DE"),
        billing_address=Address("Kiln Ltd", "1 Wheel Lane", "Mainz", "55116", "", "DE"),
        delivery_note="Garage",
        placed_at=datetime(2031, 6, 12, tzinfo=UTC),
        needs_review=True,
        lines=(OrderLine("TEA-POT", "Tea pot", "Blue", 2, 2_722, discount=544),),
        full_total=lambda line: line.price * line.quantity,
        discount=544,
        discount_code="WELCOME10",
        shipping=590,
        total=5_490,
        tax_rate=190,
        tax=876,
    )


def sample_email(
    kind: str,
    name: str = "Ada Potter",
    reason: str = "card_declined",
    language: Language = ENGLISH,
    comment: str = "",
) -> Email:
    """An email of this kind about a sample order; ``reason`` is a ``CloseReason`` code."""
    order = _order(name)
    event = SimpleNamespace(
        reason=reason,
        refunded=0 if reason == CloseReason.PAYMENT_DISPUTED else 5_490,
        tracking_code="HC1",
        total=5_490,
        sku="TEA-POT",
        available=2,
        return_number=1,
    )
    order_link = "https://shop.example/orders/1?key=a.b"
    admin_link = "https://shop.example/admin"
    facts = {"order": order, "event": event, "link": order_link, "minutes": 15}
    return render_email(
        kind,
        language,
        **facts,
        admin_link=admin_link,
        review_until=datetime(2031, 6, 13, 12, tzinfo=UTC),
        reason_text=close_reason_text(reason),
        comment=comment,
        items=[(order.lines[0], 1)],
        parcel_until=datetime(2031, 7, 12, 12, tzinfo=UTC),
        refusal=comment,
        return_address=RETURN_ADDRESS,
    )
