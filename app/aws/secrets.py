"""Secrets Manager: the secrets that this function may read, cached in memory."""

from collections.abc import Iterator
from functools import cache, lru_cache

from botocore.exceptions import BotoCoreError, ClientError

from app import clock
from app.aws.clients import client
from app.errors import BUSY, Unavailable
from app.settings import settings

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
TRANSIENT = ("InternalServiceError", "InternalFailure", "ServiceUnavailable", "ThrottlingException")


@cache
def signing_secret() -> str:
    """Signs links and forms."""
    return _read(settings().secret_name)


def accepted_signing_secrets() -> Iterator[str]:
    """Verify links and forms: the secret in memory, then the stored current and previous versions.

    The stored ones are read only for a signature that the first did not make. So a warm function
    notices a rotation, and links from before it stay valid until the next one.
    """
    yield (known := signing_secret())
    stored = reload_signing_secrets(int(clock.now().timestamp()) // 60)
    yield from (it for it in stored if it != known)


@lru_cache(maxsize=1)
def reload_signing_secrets(_minute: int) -> tuple[str, ...]:
    """Read once in a minute, however many signatures are forged."""
    signing_secret.cache_clear()
    return signing_secret(), *_previous(settings().secret_name)


@cache
def webhook_secret() -> str:
    """Verifies the payment provider's webhooks; the provider has the same secret."""
    return _read(settings().webhook_secret_name)


@lru_cache(maxsize=1)
def reload_webhook_secret(_minute: int) -> str:
    """The stored secret, read once in a minute, however many requests are forged."""
    webhook_secret.cache_clear()
    return webhook_secret()


def _previous(name: str) -> tuple[str, ...]:
    """The version before the last rotation, if there was one."""
    try:
        return (_read(name, "AWSPREVIOUS"),)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return ()
        raise


def _read(name: str, stage: str = "AWSCURRENT") -> str:
    try:
        response = client("secretsmanager").get_secret_value(SecretId=name, VersionStage=stage)
    except (BotoCoreError, ClientError) as error:
        if _is_transient(error):
            raise Unavailable(BUSY) from error
        raise
    return str(response["SecretString"])


def _is_transient(error: BotoCoreError | ClientError) -> bool:
    return isinstance(error, BotoCoreError) or error.response["Error"]["Code"] in TRANSIENT
