"""Which browser somebody uses, in two words that they would recognise it by."""

from fastapi import Request

from app.customers.sessions import Browser

# The first that is found counts: most browsers also give the names of others.
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
    """Only words of ours are ever kept: what a browser says of itself can be anything."""
    said = request.headers.get("user-agent", "")
    return Browser(_first(BROWSER_NAMES, said), _first(SYSTEM_NAMES, said))


def _first(known: dict[str, str], said: str) -> str:
    return next((word for mark, word in known.items() if mark in said), "")
