"""Templates comply with the CSP, styles use design tokens, and files stay within size budgets."""

import gzip
import re
from pathlib import Path

import pytest

from app.web.http.templating import environment
from infra.build.bundles import ROOT
from infra.build.static_files import read_static_file
from tests.printed_figures import PrintFigure

TEMPLATES = sorted((ROOT / "frontend/templates").rglob("*.html"))
STYLES = sorted((ROOT / "frontend/static/css").glob("*.css"))
MAX_TEMPLATE_LINES = 120

# Each would need `unsafe-inline` or `unsafe-eval` in the CSP, or disables escaping.
FORBIDDEN = {
    "an inline style": r"\sstyle=",
    "a style element": r"<style",
    "an inline handler": r"\son[a-z]+=",
    "an htmx handler": r"hx-on[:\-]",
    "a computed htmx value": r"=['\"]js:",
    "a trigger with a condition": r"hx-trigger=\"[^\"]*\[",
    # The CSP allows data blocks, which never run: https://html.spec.whatwg.org/#data-block
    "an inline script": r"<script(?![^>]*\ssrc=)(?! type=\"application/ld\+json\">)",
    "text that is not escaped": r"\|\s*safe\b",
    "another host": r"(src|href)=\"(https?:)?//",
}
RAW_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch|oklab|lab|lch)a?\(", re.I)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "frontend").as_posix()


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_template_has_nothing_that_the_csp_forbids(template: Path) -> None:
    text = template.read_text()

    assert [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_template_morphs_instead_of_replacing_elements(template: Path) -> None:
    """A replaced element loses the focus, and the browser may scroll to another place."""
    assert re.findall(r'outerHTML|hx-swap-oob="true"', template.read_text()) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_template_compiles_and_is_short(template: Path) -> None:
    environment().get_template(template.relative_to(ROOT / "frontend/templates").as_posix())

    assert len(template.read_text().splitlines()) <= MAX_TEMPLATE_LINES


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_template_refers_only_to_existing_static_files(template: Path) -> None:
    paths = re.findall(r"static\('([^']+)'\)", template.read_text())

    assert [path for path in paths if not (ROOT / "frontend/static" / path).is_file()] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_no_block_is_inside_a_loop(template: Path) -> None:
    depth = 0
    for tag in re.findall(r"{%-?\s*(for|endfor|block)\b", template.read_text()):
        assert not (tag == "block" and depth)
        depth += {"for": 1, "endfor": -1}.get(tag, 0)


@pytest.mark.parametrize("style", STYLES, ids=name_of)
def test_only_tokens_css_has_raw_colours(style: Path) -> None:
    if style.name != "tokens.css":
        assert RAW_COLOUR.findall(style.read_text()) == []


DEBUG_PANEL = re.compile(r"{% if debug_panel %}.*?{% endif %}")  # off unless a developer asks
STYLES_BLOCK = re.compile(r"{% block styles %}.*?{% endblock %}")


def with_ancestors(template: Path) -> str:
    """The source of a template and of the templates that it extends."""
    source = DEBUG_PANEL.sub("", template.read_text())
    parent = re.search(r'{% extends "([^"]+)" %}', source)
    return source + (with_ancestors(ROOT / "frontend/templates" / parent[1]) if parent else "")


def compressed_size(template: Path, kind: str) -> int:
    """The gzipped bytes of all files of a kind that a page loads."""
    source = with_ancestors(template)
    if "<html" not in source:
        return 0  # an included part
    styles = STYLES_BLOCK.findall(source)  # the first, of the page or its nearest ancestor, counts
    source = STYLES_BLOCK.sub("", source) + styles[0]
    paths = re.findall(rf"static\('([^']+\.{kind})'\)", source)
    files = {ROOT / "frontend/static" / path for path in paths}
    return sum(len(gzip.compress(read_static_file(file))) for file in files)


def test_static_files_stay_within_the_size_budget(print_figure: PrintFigure) -> None:
    pages = [it for it in TEMPLATES if it.parent.name not in ("admin", "api")]  # of customers
    css, js = (max(compressed_size(it, kind) for it in pages) for kind in ("css", "js"))
    admin_css = max(compressed_size(it, "css") for it in TEMPLATES if it.parent.name == "admin")
    fonts = sum(p.stat().st_size for p in (ROOT / "frontend/static/fonts").glob("*.woff2"))
    print_figure(f"css {css}, admin {admin_css}, js {js} bytes gzipped; fonts {fonts} bytes")

    assert max(css, admin_css) <= 12_000
    assert js <= 20_000
    assert fonts <= 60_000
