"""The browsers of the web application's tests, for reports that concern a page or the API."""

from tests.unit.app.web.admin.conftest import merchant
from tests.unit.app.web.conftest import another, browser, open_browser

__all__ = ["another", "browser", "merchant", "open_browser"]
