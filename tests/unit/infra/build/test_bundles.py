"""What each bundle holds, and that staging does no more than it must."""

import shutil
from gettext import GNUTranslations
from pathlib import Path

import pytest

from infra.build.bundles import (
    BUNDLES,
    Bundle,
    _stage_own_code,
    own_files,
    stamp_of,
    static_version,
)
from infra.build.wheels import HERE
from infra.local.artifacts import pack
from infra.user_error import Trouble

NAMED = {bundle.name: bundle for bundle in BUNDLES}


def held_by(name: str) -> set[str]:
    return {str(path) for path in own_files(NAMED[name])}


@pytest.mark.parametrize("name", ["workers", "workflow", "thumbnails"])
def test_only_the_web_bundle_holds_the_web_door(name: str) -> None:
    assert not [path for path in held_by(name) if path.startswith(("app/web/", "app/main"))]


def test_each_bundle_holds_its_own_door() -> None:
    assert "app/lambda_handler.py" in held_by("web")
    assert "workers/email.py" in held_by("workers")
    assert "workflow/charge.py" in held_by("workflow")
    assert "workers/thumbnails.py" in held_by("thumbnails")


def test_of_the_workers_the_thumbnail_bundle_holds_only_its_own() -> None:
    workers = {path for path in held_by("thumbnails") if path.startswith("workers/")}

    own = {"workers/__init__.py", "workers/thumbnails.py", "workers/s3_events.py"}
    assert workers == own


def test_letters_travel_with_the_workers_and_pages_with_the_web() -> None:
    assert "frontend" not in {Path(path).parts[0] for path in held_by("workflow")}
    assert not [path for path in held_by("workers") if path.startswith("frontend/templates")]
    assert not [path for path in held_by("web") if path.startswith("frontend/static")]


def test_the_words_of_a_language_travel_compiled_and_never_stale(tmp_path: Path) -> None:
    written = tmp_path / "frontend/locales/de.po"
    written.parent.mkdir(parents=True)
    letters = Bundle("workers", ("frontend/locales",))
    folder = tmp_path / "build/workers"
    shipped = []
    for word in ("Weg", "Fort"):
        written.write_text(f'msgid "Gone"\nmsgstr "{word}"\n')
        _stage_own_code(letters, HERE, tmp_path, folder)
        with (folder / "frontend/locales/de.mo").open("rb") as compiled:
            shipped.append(GNUTranslations(compiled).gettext("Gone"))

    assert shipped == ["Weg", "Fort"]
    assert [path.name for path in (folder / "frontend/locales").iterdir()] == ["de.mo"]


def test_no_bundle_holds_the_console_or_bytecode_of_the_working_tree() -> None:
    everything = {path for name in NAMED for path in held_by(name)}

    assert not [path for path in everything if path.startswith("infra") or "__pycache__" in path]


def test_the_static_version_follows_the_content(tmp_path: Path) -> None:
    style = tmp_path / "frontend/static/css/shop.css"
    style.parent.mkdir(parents=True)
    style.write_text("a {}")
    before = static_version(tmp_path)

    assert static_version(tmp_path) == before
    style.write_text("b {}")
    assert static_version(tmp_path) != before


def test_the_same_content_is_packed_to_the_same_bytes(tmp_path: Path) -> None:
    first, second = a_staged_bundle(tmp_path / "1"), a_staged_bundle(tmp_path / "2")

    assert pack(first).content == pack(second).content
    assert pack(first).key == pack(second).key


def test_changed_code_is_packed_anew(tmp_path: Path) -> None:
    folder = a_staged_bundle(tmp_path)
    before = pack(folder)
    (folder / "app/cart.py").write_text("full = True")
    stamp_of(folder, "own").write_text("changed")

    assert pack(folder).code_sha256 != before.code_sha256


TO_STAGE = Bundle("workers", ("app", "workers"), without=("app/web",))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for path in ("app/cart.py", "app/web/pages.py", "workers/email.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("kind = 1")
    return tmp_path


def stage_own_code(project: Path) -> dict[str, bytes]:
    folder = project / "build/workers"
    _stage_own_code(TO_STAGE, HERE, project, folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_own_code_is_staged_with_its_bytecode(project: Path) -> None:
    staged = stage_own_code(project)

    assert {path for path in staged if path.endswith(".py")} == {"app/cart.py", "workers/email.py"}
    assert len([path for path in staged if path.endswith(".pyc")]) == 2


def test_staging_after_a_change_is_the_same_as_staging_anew(project: Path) -> None:
    stage_own_code(project)
    (project / "app/cart.py").write_text("kind = 2")
    (project / "workers/email.py").unlink()
    (project / "workers/outbox_poller.py").write_text("kind = 3")

    changed = stage_own_code(project)
    shutil.rmtree(project / "build")

    assert changed == stage_own_code(project)


def test_code_that_does_not_compile_is_named_until_it_does(project: Path) -> None:
    (project / "app/cart.py").write_text("kind = (")
    with pytest.raises(Trouble, match=r"cart\.py"):
        stage_own_code(project)
    (project / "workers/email.py").write_text("kind = 2")
    with pytest.raises(Trouble, match=r"cart\.py"):
        stage_own_code(project)
    (project / "app/cart.py").write_text("kind = 3")

    assert stage_own_code(project)["app/cart.py"] == b"kind = 3"


def a_staged_bundle(root: Path) -> Path:
    folder = root / "web"
    for path in ("app/cart.py", "library/__init__.py"):
        (folder / path).parent.mkdir(parents=True)
        (folder / path).write_text("full = False")
    for part in ("own", "requirements"):
        stamp_of(folder, part).write_text("made")
    return folder
