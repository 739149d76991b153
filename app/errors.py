"""The ways the shop says no, in the customer's words; each door answers them in its own way."""

from app.i18n.messages import said


class ShopError(Exception):
    """Something a person can be told; made with ``said``, a door can tell it in their language."""

    @property
    def message(self) -> str:
        return self.args[0] if self.args else ""  # not str(): that would forget how it was made


class NotFound(ShopError):
    """It does not exist, or is not yours: the two are never told apart."""


class Conflict(ShopError):
    """It cannot be done as things stand now, though the request itself is fine."""


class Unacceptable(ShopError):
    """The request is understood and wrong. ``field`` names the input, if it is about one."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class WrongFields(Unacceptable):
    """Some fields will not do: ``errors`` says why, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(said("Please look at the marked fields."))
        self.errors = errors


class TooMany(ShopError):
    """Asked for too often. ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Busy(ShopError):
    """Nothing was changed; the same request may succeed in a moment."""
