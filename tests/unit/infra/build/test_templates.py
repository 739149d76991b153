"""Templates are staged as the bytecode that Jinja generates from their sources."""

import marshal
import re
import shutil
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, TemplateNotFound, UndefinedError

from app.compiled_templates import CompiledTemplates, template_loader
from app.emails import templates as emails
from app.i18n.locales import ENGLISH, GERMAN, LANGUAGES
from app.web.http import templating as pages
from infra.build import templates as build
from infra.build.bundles import BUNDLES, ROOT, Bundle, _packaged_file, _stage_own_code, own_files
from infra.build.templates import PAGE_LANGUAGES, STATIC_VERSION, compile_templates
from infra.build.wheels import LOCAL, Target
from infra.cli.translate import ENGLISH_ONLY
from infra.user_error import UserError

WEB = next(it for it in BUNDLES if it.name == "web")
DEVELOPMENT = {STATIC_VERSION: b"dev"}  # as in the working tree
PAGE = Path("frontend/templates/greeting.html")
STYLE = Path("frontend/static/css/a.css")
SOURCE = b"""<p>{{ _("Add to cart") }}</p>
<b title="{{ static('a.css') }}">{{ name }}</b>
"""


def compiled(files: dict[Path, bytes], folder: Path) -> dict[Path, bytes]:
    return compile_templates(files, ROOT, folder / "cache")


def load(files: dict[Path, bytes], folder: Path, jinja: Environment, language: str) -> Environment:
    """The environment as in a bundle with these compiled files."""
    file = folder / f"{language}.compiled"
    file.write_bytes(files[PAGE.with_name(file.name)])
    return jinja.overlay(loader=template_loader(folder, language))


@pytest.mark.parametrize("damaged", [b"", b"\xff", marshal.dumps({"key": b"code"})[:9]])
def test_a_damaged_cache_is_written_again(tmp_path: Path, damaged: bytes) -> None:
    files = {PAGE: SOURCE, **DEVELOPMENT}
    expected = compiled(files, tmp_path)
    (tmp_path / "cache").write_bytes(damaged)

    assert compiled(files, tmp_path) == expected
    assert (tmp_path / "cache").read_bytes() != damaged
    assert [it.name for it in tmp_path.iterdir()] == ["cache"]


@pytest.fixture(scope="module")
def web_files(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, bytes]:
    files = dict(_packaged_file(path, ROOT) for path in own_files(WEB))
    return compiled(files | DEVELOPMENT, tmp_path_factory.mktemp("web"))


def test_bytecode_replaces_the_sources(web_files: dict[Path, bytes]) -> None:
    frontend = {path.as_posix() for path in web_files if path.parts[0] == "frontend"}

    assert frontend == {
        *("frontend/templates/en.compiled", "frontend/templates/de.compiled"),
        *("frontend/emails/all.compiled", "frontend/locales/de.mo"),
        STATIC_VERSION.as_posix(),
    }


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_bytecode_of_each_page_is_what_jinja_generates_from_its_source(
    web_files: dict[Path, bytes], code: str
) -> None:
    jinja = pages.environment(LANGUAGES[code])
    bytecode = marshal.loads(web_files[Path(f"frontend/templates/{code}.compiled")])

    expected = {name for name in jinja.list_templates() if code == "en" or not is_english(name)}
    assert set(bytecode) == expected
    assert [name for name in bytecode if not is_same_code(jinja, name, bytecode[name])] == []


def is_english(name: str) -> bool:
    return any(f"frontend/templates/{name}".startswith(f"{it}/") for it in ENGLISH_ONLY)


def is_same_code(jinja: Environment, name: str, bytecode: bytes) -> bool:
    assert jinja.loader
    source, filename, _ = jinja.loader.get_source(jinja, name)
    return bool(jinja.compile(source, name, filename) == marshal.loads(bytecode))


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_the_bytecode_of_an_email_is_the_same_in_each_language(
    web_files: dict[Path, bytes], language: Any
) -> None:
    jinja = emails.environment(language)
    bytecode = marshal.loads(web_files[Path("frontend/emails/all.compiled")])

    assert set(bytecode) == set(jinja.list_templates())
    assert [name for name in bytecode if not is_same_code(jinja, name, bytecode[name])] == []


def test_pages_are_compiled_in_all_languages() -> None:
    assert set(PAGE_LANGUAGES) == set(LANGUAGES)


def test_a_compiled_template_is_translated_and_escaped(tmp_path: Path) -> None:
    catalog, translations = _packaged_file(Path("frontend/locales/de.po"), ROOT)
    files = compiled({PAGE: SOURCE, STATIC_VERSION: b"1", catalog: translations}, tmp_path)

    english = load(files, tmp_path, pages.environment(ENGLISH), "en").get_template(PAGE.name)
    deutsch = load(files, tmp_path, pages.environment(GERMAN), "de").get_template(PAGE.name)

    bold = '<b title="/static/1/a.css">&lt;i&gt;</b>'
    assert english.render(name="<i>") == f"<p>Add to cart</p>\n{bold}"
    assert deutsch.render(name="<i>") == f"<p>In den Warenkorb</p>\n{bold}"


def test_a_traceback_names_the_template_and_the_line(tmp_path: Path) -> None:
    jinja = load(compiled({PAGE: SOURCE}, tmp_path), tmp_path, pages.environment(ENGLISH), "en")

    with pytest.raises(UndefinedError, match="'name' is undefined") as caught:
        jinja.get_template(PAGE.name).render()

    frames = traceback.extract_tb(caught.value.__traceback__)
    assert (PAGE.as_posix(), 2) in {(it.filename, it.lineno) for it in frames}


def test_a_missing_template_is_not_found(tmp_path: Path) -> None:
    jinja = load(compiled({PAGE: SOURCE}, tmp_path), tmp_path, pages.environment(ENGLISH), "en")

    with pytest.raises(TemplateNotFound, match="no_such_page"):
        jinja.get_template("no_such_page.html")


def test_the_working_tree_renders_from_sources(tmp_path: Path) -> None:
    (tmp_path / PAGE.name).write_bytes(b"{{ 6 * 7 }}")

    loader = template_loader(tmp_path, "en")

    assert not isinstance(loader, CompiledTemplates)
    assert Environment(loader=loader, autoescape=True).get_template(PAGE.name).render() == "42"


@pytest.mark.parametrize("fault", ["{% if %}", "{{ name | no_such_filter }}"])
def test_a_template_that_does_not_compile_is_reported_with_its_line(
    tmp_path: Path, fault: str
) -> None:
    place = re.escape(f"This template does not compile: {PAGE}, line 4: ")

    with pytest.raises(UserError, match=place):
        compiled({PAGE: SOURCE + f"\n{fault}".encode()}, tmp_path)


def test_only_changed_templates_are_compiled_again_and_the_result_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PAGE.with_name("other.html")
    changed = {PAGE: SOURCE + b"!", other: b"{{ name }}"}
    compiled({PAGE: SOURCE, other: b"{{ name }}"}, tmp_path)
    (tmp_path / "fresh").mkdir()
    fresh = compiled(changed, tmp_path / "fresh")
    compiled_names: list[str] = []
    compile_all = build._compile

    def note(templates: list[build.CompiledTemplate], *rest: Any) -> dict[str, bytes]:
        compiled_names.extend(it.name for it in templates)
        return compile_all(templates, *rest)

    monkeypatch.setattr(build, "_compile", note)

    assert compiled(changed, tmp_path) == fresh
    assert compiled(changed, tmp_path) == fresh
    assert compiled_names == [PAGE.name] * len(PAGE_LANGUAGES)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("app", "frontend/locales"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for path, content in ((PAGE, SOURCE), (STYLE, b"a {}")):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(content)
    return tmp_path


def staged_page(project: Path, target: Target = LOCAL) -> str:
    folder = project / "build/web"
    _stage_own_code(Bundle("web", ("frontend/templates",)), target, project, folder)
    loader = template_loader(folder / PAGE.parent, "en")
    return pages.environment().overlay(loader=loader).get_template(PAGE.name).render(name="Kim")


def test_a_template_that_changed_after_staging_is_staged_again(project: Path) -> None:
    before = staged_page(project)
    (project / PAGE).write_bytes(SOURCE + b"<i>new</i>")

    assert "<i>new</i>" not in before
    assert staged_page(project) == f"{before}\n<i>new</i>"


def test_a_bundle_for_another_python_renders_the_same_page_from_the_source(project: Path) -> None:
    """The address of a static file is that of the working tree, in which the test renders."""
    from_bytecode = staged_page(project)
    from_source = staged_page(project, replace(LOCAL, bytecode=False))

    assert "/static/dev/" in from_source
    assert from_source == re.sub(r"/static/\w+/", "/static/dev/", from_bytecode)
    assert (project / "build/web" / PAGE).read_bytes() == SOURCE
    assert not [*(project / "build/web").rglob("*.compiled")]


def test_a_changed_static_file_has_another_address_in_compiled_templates(project: Path) -> None:
    before = staged_page(project)
    (project / STYLE).write_bytes(b"b {}")

    addresses = [re.findall(r"/static/\w+/a.css", it) for it in (before, staged_page(project))]
    assert addresses[0] != addresses[1]
    assert all(len(it) == 1 for it in addresses)
