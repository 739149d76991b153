"""The hidden fields that the form client finds in a page."""

from infra.local.form_client import hidden_fields


def test_hidden_fields_are_read_with_unescaped_values() -> None:
    page = """
      <form><input type="hidden" name="form" value="01J&amp;signed">
      <input name="email" value="typed"><input type="hidden" name="total" value="7390">
      <input type="hidden" name="empty"></form>
    """

    assert hidden_fields(page) == {"form": "01J&signed", "total": "7390", "empty": ""}
