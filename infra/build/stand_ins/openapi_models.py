"""What bundles have instead of `fastapi.openapi.models`: classes that keep nothing.

FastAPI defines 40 classes to describe an API. The shop's description is a file
(`app/web/api/openapi.json`), so a function only needs their names.
"""


class Undescribed:
    """A part of an API's description that no function reads."""

    def __init__(self, **values: object) -> None:
        pass


class APIKeyIn:
    """Where a request has its API key."""

    query, header, cookie = "query", "header", "cookie"


Example = OpenAPI = SecurityBase = Undescribed
APIKey = HTTPBase = HTTPBearer = OAuth2 = OAuthFlows = OpenIdConnect = Undescribed
