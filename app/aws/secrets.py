"""The one secret, which signs links and forms: read once by a warm function, never stored."""

from functools import cache

from app.aws.clients import client
from app.settings import settings


@cache
def secret() -> str:
    answer = client("secretsmanager").get_secret_value(SecretId=settings().secret_name)
    return str(answer["SecretString"])
