"""What the code of the deployed functions never does, whatever it is told."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.build.bundles import ROOT

DEPLOYED = [
    path for folder in ("app", "workers", "workflow") for path in (ROOT / folder).rglob("*.py")
]
SCRIPTS = sorted((ROOT / "frontend/static/js").glob("*.js"))

# Code made of data, shells, other hosts, readers of XML, weak randomness.
MODULES = {
    *("subprocess", "pickle", "marshal", "shelve", "code", "ctypes", "xml", "telnetlib", "socket"),
    *("urllib.request", "http.client", "httpx", "requests", "aiohttp", "ftplib", "smtplib"),
}
CALLS = {
    *("eval", "exec", "compile", "__import__", "Markup", "from_string", "system", "popen"),
    *("md5", "sha1", "set_debug", "format_map", "getrandbits", "uuid1", "uuid4"),
}
# Pauses, and which drawer to look into: nothing that must not be guessed.
JITTER = {"app/persistence/dynamodb.py", "workers/retry_policy.py", "app/inventory/stock_shards.py"}
FLAGS = {"verify", "debug", "use_ssl", "shell"}  # of which none is ever set by us

SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|xox[bp]-\w|gh[pousr]_\w{30}|sk_live_\w"
)
STORED = re.compile(r"\b(localStorage|sessionStorage|indexedDB|document\.cookie)\b")
RISKY = re.compile(r"\b(eval|Function|document\.write|insertAdjacentHTML|__proto__)\b|postMessage")


def faults_of(source: str, name: str = "") -> list[str]:
    return [fault for node in ast.walk(ast.parse(source)) for fault in _faults(node, name)]


def _faults(node: ast.AST, name: str) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (it for it in _imported(node) if _forbidden(it, name))
    if isinstance(node, ast.Call):
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        ours = isinstance(node.func, ast.Attribute) and _is_re(node.func.value)
        if called in CALLS and not ours:
            yield called
        yield from (it.arg for it in node.keywords if it.arg in FLAGS)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [it.name for it in node.names]
    return [node.module or "", *(f"{node.module}.{it.name}" for it in node.names)]


def _forbidden(module: str, name: str) -> bool:
    return module in MODULES or (module == "random" and name not in JITTER)


def _is_re(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id == "re"


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda it: str(it.relative_to(ROOT)))
def test_deployed_code_runs_no_data_and_calls_no_host_that_somebody_names(path: Path) -> None:
    assert faults_of(path.read_text(), str(path.relative_to(ROOT))) == []


@pytest.mark.parametrize(
    "source",
    [
        "eval(typed)",
        "import pickle",
        "from urllib import request",
        "import random",
        "hashlib.md5(b'')",
        "client(verify=False)",
        "environment.from_string(typed)",
    ],
)
def test_code_that_does_so_is_noticed(source: str) -> None:
    assert faults_of(source)


def test_user_text_never_makes_a_regular_expression() -> None:
    """Each is written out in the code; so is each format that text is put into."""
    built = [
        path
        for path in DEPLOYED
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _is_re(node.func.value)
        and not isinstance(node.args[0], ast.Constant)
    ]

    assert [str(it.relative_to(ROOT)) for it in built] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda it: it.name)
def test_a_script_keeps_nothing_in_the_browser_and_makes_no_code_of_text(script: Path) -> None:
    assert STORED.findall(script.read_text()) == []
    assert RISKY.findall(script.read_text()) == []


def test_only_what_the_server_drew_becomes_markup() -> None:
    """The suggestions of the search: a part of a page, escaped like all others."""
    uses = {script.name for script in SCRIPTS if "innerHTML" in script.read_text()}

    assert uses == {"search.js"}


def test_no_secret_lies_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    texts = {it: it.read_bytes().decode("utf-8", "ignore") for it in files if it.is_file()}

    assert [str(it) for it, text in texts.items() if SECRETS.search(text)] == []
    assert SECRETS.search("AKIA" + "A1B2C3D4E5F6G7H8")


def test_every_dependency_is_pinned_by_hash() -> None:
    for locked in (ROOT / "requirements").glob("*.txt"):
        pins = re.findall(r"^\S+==\S+(?: ;[^\\]*)? \\\n    --hash=", locked.read_text(), re.M)
        lines = re.findall(r"^[a-z0-9]\S*", locked.read_text(), re.M | re.I)
        assert len(pins) == len(lines) > 5, locked.name
    assert "--require-hashes" in (ROOT / "Makefile").read_text()
