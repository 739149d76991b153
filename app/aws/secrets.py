"""Secrets Manager: the signing secret for links and forms, cached in memory by each function."""

from functools import cache

from app.aws.clients import client
from app.settings import settings


@cache
def signing_secret() -> str:
    response = client("secretsmanager").get_secret_value(SecretId=settings().secret_name)
    return str(response["SecretString"])
