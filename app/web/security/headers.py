"""Security headers: every response carries them, including errors and redirects.

The list follows OWASP: https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
"""

from functools import cache

from app.settings import Settings
from app.web.security.cookies import is_https


@cache
def security_headers(config: Settings) -> dict[str, str]:
    """The defaults; a route that sets one of these headers itself keeps its own value.

    ``Cache-Control: no-store`` is among them, so a browser or CDN stores a response only if its
    route allows it.
    """
    headers = {
        "Content-Security-Policy": content_security_policy(config),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cache-Control": "no-store",
    }
    if is_https():
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def content_security_policy(config: Settings, *, img_src: str = "'self'") -> str:
    """CSP: scripts, styles and images only from our own origin, nothing inline, no framing.

    Uploads of images and CSV files go to S3 directly, hence its origin in two directives.
    https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
    https://cheatsheetseries.owasp.org/cheatsheets/Content_Security_Policy_Cheat_Sheet.html
    """
    own_and_uploads = f"'self' {config.upload_origin}".strip()
    directives = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": img_src,
        "manifest-src": "'self'",
        "connect-src": own_and_uploads,
        "form-action": own_and_uploads,
        "base-uri": "'none'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{directive} {sources}" for directive, sources in directives.items())
