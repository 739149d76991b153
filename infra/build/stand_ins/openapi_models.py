"""What bundles have instead of `fastapi.openapi.models`: classes without validation.

FastAPI defines 40 classes to describe an API. The shop's description is a file
(`app/web/api/openapi.json`), so a function needs only their names, and the values that FastAPI's
security schemes read: the name of a cookie, and the scheme of a header.
"""


class Undescribed:
    """A part of an API's description, with the values that it was created from."""

    scheme = "bearer"  # the default of ``HTTPBearer``

    def __init__(self, **values: object) -> None:
        self.__dict__.update(values)


class APIKeyIn:
    """Where a request has its API key."""

    query, header, cookie = "query", "header", "cookie"


Example = OpenAPI = SecurityBase = Undescribed
APIKey = HTTPBase = HTTPBearer = OAuth2 = OAuthFlows = OpenIdConnect = Undescribed
