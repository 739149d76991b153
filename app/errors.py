"""Errors of the domain. Their messages are for people; web and API map each class to a status."""

from app.i18n.messages import lazy_gettext

BUSY = lazy_gettext("We're very busy right now. Please try again in a moment.")


class ShopError(Exception):
    """An error with a message for people, translated if it was made with ``lazy_gettext``."""

    @property
    def message(self) -> str:
        return self.args[0] if self.args else ""  # str() would drop the translation's pattern


class NotFound(ShopError):
    """The thing does not exist, or the caller may not see it: both look the same to the caller."""


class Gone(ShopError):
    """The thing existed, and was removed for good."""


class Unauthenticated(ShopError):
    """The request does not prove who sent it."""


class Conflict(ShopError):
    """The request is valid, but the current state does not allow it."""


class PreconditionFailed(ShopError):
    """The state is no longer the one that the caller wants to change."""


class ValidationFailed(ShopError):
    """The request was understood, but values in it are not valid.

    ``errors`` holds every invalid field with its message. It is empty when ``message`` is about
    the request as a whole.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.errors: dict[str, str] = {field: message} if field else {}

    @classmethod
    def for_fields(cls, errors: dict[str, str]) -> "ValidationFailed":
        """Report several invalid fields in one error."""
        failed = cls(lazy_gettext("There is a problem with the marked fields."))
        failed.errors = dict(errors)
        return failed


class RateLimited(ShopError):
    """The rate limit was exceeded. ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ShopError):
    """The service is overloaded. Nothing was changed, and a retry may succeed.

    ``BUSY`` is the message if there is nothing more precise to say.
    """
