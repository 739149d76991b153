"""Redirect targets: local paths pass, everything else becomes the home page."""

import pytest

from app.web.security.redirects import local_path


@pytest.mark.parametrize("path", ["/", "/orders", "/orders/01J?x=1", "/admin/products/tea-pot"])
def test_a_local_redirect_target_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "//evil.example", "/\\evil", "https://evil.example", "/a\nb", "/" * 400, "orders"]
)
def test_any_other_redirect_target_becomes_the_home_page(path: str) -> None:
    assert local_path(path) == "/"
