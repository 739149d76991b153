"""Templates and styles keep the rules that the security policy and the look depend on."""

import gzip
import re
from pathlib import Path

import pytest

from app.web.http.templating import environment
from infra.build.bundles import ROOT

TEMPLATES = sorted((ROOT / "frontend/templates").rglob("*.html"))
STYLES = sorted((ROOT / "frontend/static/css").glob("*.css"))
LONGEST_TEMPLATE = 120
NOT_FOR_SHOPPERS = ("admin.css", "stock.css", "api_docs.css")

# Each would need `unsafe-inline` or `unsafe-eval`, or lets text through that was not escaped.
FORBIDDEN = {
    "an inline style": r"\sstyle=",
    "a style element": r"<style",
    "an inline handler": r"\son[a-z]+=",
    "an htmx handler": r"hx-on[:\-]",
    "a computed htmx value": r"=['\"]js:",
    "a trigger with a condition": r"hx-trigger=\"[^\"]*\[",
    # A block of data is never run, so the policy lets it be: https://html.spec.whatwg.org/#data-block
    "an inline script": r"<script(?![^>]*\ssrc=)(?! type=\"application/ld\+json\">)",
    "text that is not escaped": r"\|\s*safe\b",
    "another host": r"(src|href)=\"(https?:)?//",
}
RAW_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch|oklab|lab|lch)a?\(", re.I)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "frontend").as_posix()


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_has_nothing_that_the_security_policy_forbids(template: Path) -> None:
    text = template.read_text()

    assert [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_is_short(template: Path) -> None:
    environment().get_template(template.relative_to(ROOT / "frontend/templates").as_posix())

    assert len(template.read_text().splitlines()) <= LONGEST_TEMPLATE


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_names_only_static_files_that_exist(template: Path) -> None:
    named = re.findall(r"static\('([^']+)'\)", template.read_text())

    assert [path for path in named if not (ROOT / "frontend/static" / path).is_file()] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_no_block_stands_in_a_loop_where_it_would_be_empty(template: Path) -> None:
    depth = 0
    for tag in re.findall(r"{%-?\s*(for|endfor|block)\b", template.read_text()):
        assert not (tag == "block" and depth)
        depth += {"for": 1, "endfor": -1}.get(tag, 0)


@pytest.mark.parametrize("style", STYLES, ids=name_of)
def test_only_the_tokens_name_a_raw_colour(style: Path) -> None:
    if style.name != "tokens.css":
        assert RAW_COLOUR.findall(style.read_text()) == []


def carried_by(template: Path, kind: str) -> int:
    """What all files of a kind weigh together, packed, that a page asks for; with every page's."""
    named = re.compile(rf"static\('({kind}/[^']+)'\)")
    layout = ROOT / "frontend/templates/layout.html"
    paths = {*named.findall(layout.read_text()), *named.findall(template.read_text())}
    files = {ROOT / "frontend/static" / path for path in paths}
    for file in [*files]:
        imported = re.findall(r'^import "\./([^"]+)"', file.read_text(), re.M)
        files |= {file.parent / name for name in imported}
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def test_the_shop_is_light_to_carry() -> None:
    css = max(carried_by(template, "css") for template in TEMPLATES)
    js = max(carried_by(template, "js") for template in TEMPLATES)
    htmx = len(gzip.compress((ROOT / "frontend/static/vendor/htmx-4.0.1.min.js").read_bytes()))
    fonts = sum(p.stat().st_size for p in (ROOT / "frontend/static/fonts").glob("*.woff2"))

    assert css <= 15_000
    assert js <= 6_000
    assert htmx <= 14_000
    assert fonts <= 100_000
