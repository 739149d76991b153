"""The browsers of the web application's tests, for reports that concern a page or the API."""

from hypothesis import settings

from tests.unit.app.web.admin.conftest import merchant
from tests.unit.app.web.conftest import another, browser, open_browser

__all__ = ["another", "browser", "merchant", "open_browser"]

# A time limit for each example fails at random on a machine that also runs other tests.
settings.register_profile("without a time limit", deadline=None)
settings.load_profile("without a time limit")
