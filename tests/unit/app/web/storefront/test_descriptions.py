"""Long descriptions: a part of Markdown, shown by templates that escape everything."""

import pytest
from fastapi.testclient import TestClient
from pynamodb.expressions.update import Action

from app.catalog.catalog_cache import clear_cache
from app.catalog.markdown import Block, Inline, parse_markdown
from app.catalog.models import Product, Translation
from app.catalog.product_fields import MAX_DESCRIPTION_LENGTH, ProductFields, read_product_fields
from app.errors import ValidationFailed
from tests.builders import a_product
from tests.unit.app.web.pages import page_text

TEXT = """## Made to *last*

A jug for **every** day,
and for guests.

- Holds 1 l
- See [care](/shipping) or [the maker](https://maker.example/a?b=1)

1. Rinse
2. Dry"""


def test_blocks_and_inlines_are_parsed() -> None:
    heading, text, bullets, numbers = parse_markdown(TEXT)

    assert heading == Block("h2", ((Inline("text", "Made to "), Inline("em", "last")),))
    assert text.kind == "p"
    assert [it.text for it in text.items[0]] == ["A jug for ", "every", " day, and for guests."]
    assert (bullets.kind, len(bullets.items), numbers.kind) == ("ul", 2, "ol")
    assert [(it.text, it.href) for it in bullets.items[1] if it.href] == [
        ("care", "/shipping"),
        ("the maker", "https://maker.example/a?b=1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](//evil.example)",
        r"[x](/\evil.example)",  # which browsers read as //evil.example
        "[x](http://plain.example)",
        "[x](data:text/html,x)",
        '[x](https://a.example/"onmouseover=alert(1))',
        "**not closed",
        "![image](https://a.example/x.png)",
        "`code` > quote | table",
        "***",
        "",
    ],
)
def test_everything_else_stays_text_or_is_escaped(browser: TestClient, text: str) -> None:
    product = _described(text)

    page = browser.get(f"/products/{product.slug}")

    assert page.status_code == 200
    for forbidden in ("<script>alert", 'href="javascript', 'href="//evil', "<img src=x"):
        assert forbidden not in page.text
    assert ' onmouseover="' not in page.text
    assert 'href="/\\' not in page.text
    assert 'href="http://plain' not in page.text


def _described(text: str, german: str = "") -> Product:
    product = a_product()
    actions: list[Action] = [Product.long_description.set(text)]
    if german:
        translation = Translation(long_description=german)
        actions.append(Product.translations.set({"de": translation}))
    product.update(actions=actions)
    clear_cache()
    return product


def test_product_page_shows_the_description_and_structured_data_the_short_one(
    browser: TestClient,
) -> None:
    product = _described(TEXT, german="Ein Krug für *jeden* Tag.")

    page = browser.get(f"/products/{product.slug}")
    german = browser.get(f"/de/products/{product.slug}")

    assert "<h2>Made to <em>last</em></h2>" in page.text
    assert "<strong>every</strong>" in page.text
    assert (
        '<a href="https://maker.example/a?b=1" rel="nofollow noopener">the maker</a>' in page.text
    )
    assert "<li>Rinse</li>" in page.text.replace("\n", "")
    assert '"description": "It pours well."' in page.text
    assert "Ein Krug für jeden Tag." in page_text(german)


def test_words_of_the_description_are_found(browser: TestClient) -> None:
    product = _described("Fired with cork oak ash from Alentejo.")

    assert product.slug in browser.get("/search?q=alentejo").text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x" * (MAX_DESCRIPTION_LENGTH + 1), "at most 3000 characters"),
        ("hidden \u202e", "hidden character"),
    ],
)
def test_description_is_validated(text: str, message: str) -> None:
    form = {"title": "T", "category": "C", "blurb": "B", "price": "1", "published": "no"}

    with pytest.raises(ValidationFailed) as raised:
        read_product_fields(form | {"long_description": text})

    assert message in raised.value.errors["long_description"]


@pytest.mark.usefixtures("tables")
def test_product_without_a_description_has_none() -> None:
    assert ProductFields.from_product(a_product()).long_description == ""
