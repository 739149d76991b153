"""Static checks: deployed code never evaluates data, runs shells or calls other hosts."""

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

# Evaluating data, shells, network access, XML parsers, weak randomness.
FORBIDDEN_MODULES = {
    *("subprocess", "pickle", "marshal", "shelve", "code", "ctypes", "xml", "telnetlib", "socket"),
    *("urllib.request", "http.client", "httpx", "requests", "aiohttp", "ftplib", "smtplib"),
}
CALLS = {
    *("eval", "exec", "compile", "__import__", "Markup", "from_string", "system", "popen"),
    *("md5", "sha1", "set_debug", "format_map", "getrandbits", "uuid1", "uuid4"),
}
# Backoff, and the choice of a stock shard, need no unpredictable randomness.
RANDOM_ALLOWED = {
    "app/persistence/dynamodb.py",
    "workers/retry_policy.py",
    "app/inventory/stock_shards.py",
}
FLAGS = {"verify", "debug", "use_ssl", "shell"}  # keyword arguments that no call may set

SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|xox[bp]-\w|gh[pousr]_\w{30}|sk_live_\w"
)
BROWSER_STORAGE = re.compile(r"\b(localStorage|sessionStorage|indexedDB|document\.cookie)\b")
UNSAFE_SCRIPT = re.compile(
    r"\b(eval|Function|document\.write|insertAdjacentHTML|__proto__)\b|postMessage"
)


def forbidden_uses(source: str, name: str = "") -> list[str]:
    return [fault for node in ast.walk(ast.parse(source)) for fault in _forbidden_uses(node, name)]


def _forbidden_uses(node: ast.AST, name: str) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from (it for it in _imported(node) if _forbidden(it, name))
    if isinstance(node, ast.Call):
        browser_of = getattr(node.func, "attr", getattr(node.func, "id", ""))
        ours = isinstance(node.func, ast.Attribute) and _is_re(node.func.value)
        if browser_of in CALLS and not ours:
            yield browser_of
        yield from (it.arg for it in node.keywords if it.arg in FLAGS)


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [it.name for it in node.names]
    return [node.module or "", *(f"{node.module}.{it.name}" for it in node.names)]


def _forbidden(module: str, name: str) -> bool:
    return module in FORBIDDEN_MODULES or (module == "random" and name not in RANDOM_ALLOWED)


def _is_re(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id == "re"


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda it: str(it.relative_to(ROOT)))
def test_deployed_code_has_no_eval_shell_or_http_client(path: Path) -> None:
    assert forbidden_uses(path.read_text(), str(path.relative_to(ROOT))) == []


@pytest.mark.parametrize(
    "source",
    [
        "eval(user_input)",
        "import pickle",
        "from urllib import request",
        "import random",
        "hashlib.md5(b'')",
        "client(verify=False)",
        "environment.from_string(user_input)",
    ],
)
def test_forbidden_code_is_found(source: str) -> None:
    assert forbidden_uses(source)


def test_user_text_never_becomes_a_regular_expression() -> None:
    """Every pattern is a literal in the code."""
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
def test_script_uses_no_browser_storage_and_no_eval(script: Path) -> None:
    assert BROWSER_STORAGE.findall(script.read_text()) == []
    assert UNSAFE_SCRIPT.findall(script.read_text()) == []


def test_only_search_suggestions_use_inner_html() -> None:
    """The server renders and escapes them."""
    uses = {script.name for script in SCRIPTS if "innerHTML" in script.read_text()}

    assert uses == {"search.js"}


def test_repository_contains_no_secrets() -> None:
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
