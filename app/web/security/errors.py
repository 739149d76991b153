"""Errors that end a request before its route runs."""


class RequestRejected(Exception):
    """A request that the security middleware refuses, with its status and a lazy message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class SignInRequired(Exception):
    """The page needs authentication: the visitor is redirected to the sign-in page."""
