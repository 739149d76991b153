"""The address book of a customer: addresses saved for the checkout. The first is the default."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct
from pynamodb.attributes import TTLAttribute
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError

from app.customers.accounts import create_under_account
from app.customers.models import VisitorPart, customer_id, visitor_key
from app.errors import NotFound, Unavailable, ValidationFailed
from app.i18n.messages import lazy_gettext
from app.orders.models import Address
from app.persistence.dynamodb import (
    IntegerAttribute,
    StructAttribute,
    is_condition_failure,
)

MAX_ADDRESSES = 10
ADDRESS_BOOK_TTL = timedelta(days=730)
MAX_ATTEMPTS = 5


class SavedAddress(Struct, frozen=True):
    """A delivery address with the id that its page has."""

    id: str
    address: Address


type Addresses = tuple[SavedAddress, ...]


class AddressBook(VisitorPart, discriminator="address_book"):
    """All saved addresses of a customer in one row, which ends two years after its last change."""

    addresses = StructAttribute[tuple[SavedAddress, ...]](tuple[SavedAddress, ...])
    version = IntegerAttribute()
    expires_at = TTLAttribute()


def saved_addresses(email: str, *, now: datetime) -> Addresses:
    """The saved addresses of a customer, the default one first; at most ``MAX_ADDRESSES``."""
    book = _find_book(email)
    return book.addresses if book and now < book.expires_at else ()


def save_address(
    email: str, saved: SavedAddress, *, now: datetime, signed_in_at: datetime | None = None
) -> None:
    """Save a new address, or change the one with this id. One that is saved already stays once.

    Raises ``ValidationFailed`` if the book is full, and ``Unavailable`` if the account was deleted
    after this sign-in.
    """

    def change(addresses: Addresses) -> Addresses:
        if any(it.id == saved.id for it in addresses):
            return tuple(saved if it.id == saved.id else it for it in addresses)
        if any(it.address == saved.address for it in addresses):
            return addresses
        if len(addresses) >= MAX_ADDRESSES:
            raise ValidationFailed(
                lazy_gettext(
                    "You can save at most %(max_addresses)s addresses. Delete one first.",
                    max_addresses=MAX_ADDRESSES,
                )
            )
        return (*addresses, saved)

    _change(email, change, now, signed_in_at)


def delete_address(email: str, address_id: str, *, now: datetime) -> None:
    """Delete an address. A repeat changes nothing."""
    _change(email, lambda book: tuple(it for it in book if it.id != address_id), now)


def make_default(email: str, address_id: str, *, now: datetime) -> None:
    """Move an address to the front. Raises ``NotFound``."""

    def change(addresses: Addresses) -> Addresses:
        chosen = find_address(addresses, address_id)
        return (chosen, *(it for it in addresses if it.id != address_id))

    _change(email, change, now)


def find_address(addresses: Addresses, address_id: str) -> SavedAddress:
    """The address with this id. Raises ``NotFound``."""
    for saved in addresses:
        if saved.id == address_id:
            return saved
    raise NotFound(lazy_gettext("This address has been deleted."))


def _change(
    email: str,
    change: Callable[[Addresses], Addresses],
    now: datetime,
    signed_in_at: datetime | None = None,
) -> None:
    """Optimistic locking: a change that conflicts with another one is applied again."""
    for _ in range(MAX_ATTEMPTS):
        before = _find_book(email)
        addresses = before.addresses if before and now < before.expires_at else ()
        changed = change(addresses)
        if changed == addresses:
            return
        try:
            _save(_book(email, before, changed, now), before, customer_id(email), signed_in_at)
        except (PutError, TransactWriteError) as error:
            if not is_condition_failure(error):
                raise
        else:
            return
    raise Unavailable(
        lazy_gettext("Your addresses are being changed in another window. Please try again.")
    )


def _book(
    email: str, before: AddressBook | None, addresses: Addresses, now: datetime
) -> AddressBook:
    return AddressBook(
        visitor_key(customer_id(email)),
        "address_book",
        addresses=addresses,
        version=(int(before.version) if before else 0) + 1,
        expires_at=now + ADDRESS_BOOK_TTL,
    )


def _save(
    book: AddressBook, before: AddressBook | None, customer: str, signed_in_at: datetime | None
) -> None:
    if before:
        book.save(condition=AddressBook.version == before.version)
    else:
        create_under_account(book, customer, since=signed_in_at)


def _find_book(email: str) -> AddressBook | None:
    try:
        owner = visitor_key(customer_id(email))
        return AddressBook.get(owner, "address_book", consistent_read=True)
    except DoesNotExist:
        return None
