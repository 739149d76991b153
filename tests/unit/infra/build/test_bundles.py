"""The files in each bundle, and incremental staging."""

import shutil
from gettext import GNUTranslations
from pathlib import Path

import pytest

from infra.build.bundles import (
    BUNDLES,
    OWN_FOLDERS,
    THUMBNAIL_MODULES,
    Bundle,
    _stage_own_code,
    own_files,
    stamp_file,
)
from infra.build.wheels import LOCAL
from infra.local.artifacts import pack
from infra.user_error import UserError

BUNDLES_BY_NAME = {bundle.name: bundle for bundle in BUNDLES}


def files_in(name: str) -> set[str]:
    return {str(path) for path in own_files(BUNDLES_BY_NAME[name])}


@pytest.mark.parametrize("name", ["workers", "workflow", "thumbnails"])
def test_only_the_web_bundle_contains_web_modules(name: str) -> None:
    assert not [path for path in files_in(name) if path.startswith(("app/web/", "app/main"))]


def test_each_bundle_contains_its_handlers() -> None:
    assert "app/lambda_handler.py" in files_in("web")
    assert "workers/email.py" in files_in("workers")
    assert "workflow/charge.py" in files_in("workflow")
    assert "workers/thumbnails.py" in files_in("thumbnails")


def test_thumbnail_bundle_contains_only_its_own_worker() -> None:
    workers = {path for path in files_in("thumbnails") if path.startswith("workers/")}

    own = {"__init__", "thumbnails", "image_decoding", "image_colours", "s3_events"}
    assert workers == {f"workers/{name}.py" for name in own}


def test_only_the_thumbnail_bundle_contains_the_modules_that_need_pillow() -> None:
    need_pillow = {*THUMBNAIL_MODULES}

    assert need_pillow <= files_in("thumbnails")
    assert need_pillow.isdisjoint(files_in("workers"))


def test_email_templates_are_in_worker_and_web_bundles_page_templates_in_web_only() -> None:
    assert "frontend" not in {Path(path).parts[0] for path in files_in("workflow")}
    assert not [path for path in files_in("workers") if path.startswith("frontend/templates")]
    assert not [path for path in files_in("web") if path.startswith("frontend/static")]


@pytest.mark.parametrize("name", BUNDLES_BY_NAME.keys() - {"workers"})
def test_only_the_workers_contain_the_verifier(name: str) -> None:
    assert not [path for path in files_in(name) if path.startswith("app/verification")]
    assert "workers/verify.py" in files_in("workers")


def test_message_catalogs_are_compiled_and_never_stale(tmp_path: Path) -> None:
    source = tmp_path / "frontend/locales/de.po"
    source.parent.mkdir(parents=True)
    bundle = Bundle("workers", ("frontend/locales",))
    folder = tmp_path / "build/workers"
    translations = []
    for translation in ("Weg", "Fort"):
        source.write_text(f'msgid "Gone"\nmsgstr "{translation}"\n')
        _stage_own_code(bundle, LOCAL, tmp_path, folder)
        with (folder / "frontend/locales/de.mo").open("rb") as compiled:
            translations.append(GNUTranslations(compiled).gettext("Gone"))

    assert translations == ["Weg", "Fort"]
    assert [path.name for path in (folder / "frontend/locales").iterdir()] == ["de.mo"]


def test_bundles_contain_files_of_the_deployed_folders_only() -> None:
    """No tests, no infra code, no files of Git and no bytecode of the working tree."""
    files = {path for name in BUNDLES_BY_NAME for path in files_in(name)}

    assert {path.partition("/")[0] for path in files} == {*OWN_FOLDERS}
    assert not [path for path in files if "__pycache__" in path or "/." in path]


def test_zip_is_reproducible(tmp_path: Path) -> None:
    first, second = a_staged_bundle(tmp_path / "1"), a_staged_bundle(tmp_path / "2")

    assert pack(first).content == pack(second).content
    assert pack(first).key == pack(second).key


def test_changed_code_is_zipped_again(tmp_path: Path) -> None:
    folder = a_staged_bundle(tmp_path)
    before = pack(folder)
    (folder / "app/cart.py").write_text("full = True")
    stamp_file(folder, "own").write_text("changed")

    assert pack(folder).code_sha256 != before.code_sha256


BUNDLE = Bundle("workers", ("app", "workers"), excludes=("app/web",))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path in ("app/cart.py", "app/web/pages.py", "workers/email.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("kind = 1")
    return tmp_path


def stage_own_code(project: Path) -> dict[str, bytes]:
    folder = project / "build/workers"
    _stage_own_code(BUNDLE, LOCAL, project, folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_own_code_is_staged_with_bytecode(project: Path) -> None:
    staged = stage_own_code(project)

    assert {path for path in staged if path.endswith(".py")} == {"app/cart.py", "workers/email.py"}
    assert len([path for path in staged if path.endswith(".pyc")]) == 2


def test_incremental_staging_equals_full_staging(project: Path) -> None:
    stage_own_code(project)
    (project / "app/cart.py").write_text("kind = 2")
    (project / "workers/email.py").unlink()
    (project / "workers/outbox_poller.py").write_text("kind = 3")

    changed = stage_own_code(project)
    shutil.rmtree(project / "build")

    assert changed == stage_own_code(project)


def test_code_that_does_not_compile_is_reported_until_it_is_fixed(project: Path) -> None:
    (project / "app/cart.py").write_text("kind = (")
    with pytest.raises(UserError, match=r"cart\.py"):
        stage_own_code(project)
    (project / "workers/email.py").write_text("kind = 2")
    with pytest.raises(UserError, match=r"cart\.py"):
        stage_own_code(project)
    (project / "app/cart.py").write_text("kind = 3")

    assert stage_own_code(project)["app/cart.py"] == b"kind = 3"


def a_staged_bundle(root: Path) -> Path:
    folder = root / "web"
    for path in ("app/cart.py", "library/__init__.py"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text("full = False")
    for part in ("own", "requirements"):
        stamp_file(folder, part).write_text("made")
    return folder
