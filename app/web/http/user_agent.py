"""Browser and operating system of a request, by name, for the list of a customer's devices."""

from fastapi import Request

from app.customers.sessions import Browser

# The first match counts: most browsers also send the tokens of others.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Browser_detection_using_the_user_agent
BROWSER_NAMES = {
    "Edg/": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEM_NAMES = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "CrOS": "Chromebook",
    "Linux": "Linux",
}


def parse_user_agent(request: Request) -> Browser:
    """The names from the two tables, or empty; the header's own text is never stored."""
    user_agent = request.headers.get("user-agent", "")
    return Browser(_first(BROWSER_NAMES, user_agent), _first(SYSTEM_NAMES, user_agent))


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for token, name in names.items() if token in user_agent), "")
