"""The URLs of a product list: what a visitor typed stays one value of one parameter."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.web.http.filter_params import SearchQuery


@pytest.mark.parametrize("typed", ["cup & saucer", "a=b&sort=newest", "tea#pot", "ü %26", "a+b"])
def test_typed_text_stays_one_parameter_of_the_url(typed: str) -> None:
    url = urlsplit(SearchQuery(q=typed).url(category=typed))

    assert (url.path, url.fragment) == ("/search", "")
    assert parse_qs(url.query) == {"q": [typed], "category": [typed]}
