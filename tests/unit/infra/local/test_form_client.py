"""What the form client finds in a page: hidden fields, and an error's message."""

import httpx
import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from infra.local.cloud import LocalCloud
from infra.local.form_client import Shopper, hidden_fields
from infra.user_error import UserError


def test_hidden_fields_are_read_with_unescaped_values() -> None:
    page = """
      <form><input type="hidden" name="form" value="01J&amp;signed">
      <input name="email" value="typed"><input type="hidden" name="total" value="7390">
      <input type="hidden" name="empty"></form>
    """

    assert hidden_fields(page) == {"form": "01J&signed", "total": "7390", "empty": ""}


def test_unexpected_status_is_reported_with_the_message_of_the_error_page(
    tables: LocalCloud,
) -> None:
    error_page = TestClient(create_app()).get("/products/no-such-product")
    transport = httpx.MockTransport(lambda _: httpx.Response(404, content=error_page.content))
    shopper = Shopper("http://testserver", transport)

    with pytest.raises(UserError, match=r"POST /cart returned 404, We have no such product\."):
        shopper.add_to_cart("NO-SUCH-SKU")
