"""Secrets Manager: the secrets that this function may read, cached in memory."""

from functools import cache

from app.aws.clients import client
from app.settings import settings


@cache
def signing_secret() -> str:
    """Signs links and forms."""
    return _read(settings().secret_name)


@cache
def webhook_secret() -> str:
    """Verifies the payment provider's webhooks; the provider has the same secret."""
    return _read(settings().webhook_secret_name)


def _read(name: str) -> str:
    response = client("secretsmanager").get_secret_value(SecretId=name)
    return str(response["SecretString"])
