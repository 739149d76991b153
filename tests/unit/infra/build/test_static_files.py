"""Bundles of styles and scripts: one file for each family of pages."""

from pathlib import Path

import pytest

from infra.build.bundles import ROOT
from infra.build.static_files import read_static_file, static_files, static_version

BUNDLES = sorted((ROOT / "frontend/static/bundles").iterdir())
SCRIPTS = sorted((ROOT / "frontend/static/js").glob("*.js"))
PAGE_FILES = sorted((ROOT / "frontend/static").glob("*/*.[cj]s*"))


def write(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    return folder


def test_imported_styles_stand_in_place_of_the_import_in_their_order(tmp_path: Path) -> None:
    write(tmp_path, shop_css='@import url("a.css");\n@import url("b.css");\n', a_css="a {}\n")
    write(tmp_path, b_css="b {}\n")

    assert read_static_file(tmp_path / "shop.css") == b"a {}\nb {}\n"


def test_style_that_is_imported_into_a_layer_stays_in_it(tmp_path: Path) -> None:
    write(tmp_path, shop_css='@import url("a.css") layer(reset);\n', a_css="a {}\n")

    assert read_static_file(tmp_path / "shop.css") == b"@layer reset {\na {}\n}\n"


def test_imported_modules_keep_a_scope_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, shop_js='import "./a.js";\nimport "./b.js";\n', a_js="const x = 1;\n")
    write(tmp_path, b_js="const x = 2;\n")

    assert read_static_file(tmp_path / "shop.js") == b"{\nconst x = 1;\n}\n{\nconst x = 2;\n}\n"


def test_imported_module_may_end_in_a_comment_without_a_line_break(tmp_path: Path) -> None:
    write(tmp_path, shop_js='import "./a.js";\n', a_js="go();\n// end")

    assert read_static_file(tmp_path / "shop.js") == b"{\ngo();\n}\n"


def test_comments_and_indentation_are_left_out_but_not_a_licence(tmp_path: Path) -> None:
    write(tmp_path, a_css="/*! MIT */\n/* Two\n  lines. */\na {\n  color: red; /* why */\n}\n")
    write(tmp_path, a_js='// Why.\nif (x) {\n  // How.\n  go("https://x.example");\n}\n')

    assert read_static_file(tmp_path / "a.css") == b"/*! MIT */\na {\ncolor: red; \n}\n"
    assert read_static_file(tmp_path / "a.js") == b'if (x) {\ngo("https://x.example");\n}\n'


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda it: it.name)
def test_script_has_no_text_of_several_lines(script: Path) -> None:
    """Its indentation would be left out."""
    assert [line for line in script.read_text().splitlines() if line.count("`") % 2] == []


def test_missing_import_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, shop_css='@import url("a.css");\n')

    with pytest.raises(FileNotFoundError):
        read_static_file(tmp_path / "shop.css")


@pytest.mark.parametrize("path", PAGE_FILES, ids=lambda it: it.name)
def test_served_file_imports_no_other_file(path: Path) -> None:
    """An import would cost a request that begins only after the file has arrived."""
    lines = read_static_file(path).decode().splitlines()

    assert [line for line in lines if line.startswith(("import", "export", "@import"))] == []


def test_version_of_the_static_files_changes_with_what_a_bundle_imports(tmp_path: Path) -> None:
    folder = tmp_path / "frontend/static"
    folder.mkdir(parents=True)
    write(folder, shop_css='@import url("a.css");\n', a_css="a {}\n")
    before = static_version(tmp_path)

    assert static_version(tmp_path) == before
    write(folder, a_css="b {}\n")
    assert static_version(tmp_path) != before
    assert dict(static_files(folder))["shop.css"] == b"b {}\n"


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda it: it.name)
def test_bundle_lists_files_and_has_no_code_of_its_own(bundle: Path) -> None:
    lines = bundle.read_text().splitlines()

    assert [it for it in lines if not it.startswith(("/*", "//", "@import", "import"))] == []
