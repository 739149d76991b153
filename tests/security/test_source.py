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
# Backoff, and the choice of a stock shard, need no unpredictable randomness. The adapter seeds both
# again in a copy of a snapshot.
RANDOM_ALLOWED = {
    "app/lambda_adapter.py",
    "app/persistence/dynamodb.py",
    "workers/retry_policy.py",
    "app/inventory/stock_shards.py",
}
# It loads the bytecode of templates from a file of its bundle, as Python loads that of modules.
MARSHAL_ALLOWED = {"app/compiled_templates.py"}
CRYPTOGRAPHY = {
    *("hashlib", "hmac", "secrets", "itsdangerous", "cryptography", "Crypto", "Cryptodome"),
    *("nacl", "jose", "jwt", "rsa", "ecdsa", "bcrypt", "argon2", "passlib", "pyaes"),
}
PARTIQL = {"execute_statement", "batch_execute_statement", "execute_transaction"}
CONSTANT_PARTS = {"places", "map", "str"}
SQL = {"execute", "executemany", "executescript"}
EXPRESSIONS = {
    *("KeyConditionExpression", "FilterExpression", "ConditionExpression", "UpdateExpression"),
    "ProjectionExpression",
}
FLAGS = {"verify", "debug", "use_ssl", "shell"}  # keyword arguments that no call may set

SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|xox[bp]-\w|gh[pousr]_\w{30}|sk_live_\w"
)
BROWSER_STORAGE = re.compile(r"\b(localStorage|sessionStorage|indexedDB|cookieStore)\b")
COOKIE_WRITE = re.compile(r"document\.cookie\s*(?:[+|&?]*)=(?!=)")
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
    if module == "marshal":
        return name not in MARSHAL_ALLOWED
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
        "import marshal",
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
    assert COOKIE_WRITE.findall(script.read_text()) == []
    assert UNSAFE_SCRIPT.findall(script.read_text()) == []


def test_only_scripts_of_shared_pages_read_cookies() -> None:
    """Those that hold a preference: every other cookie is HttpOnly."""
    readers = {script.name for script in SCRIPTS if "document.cookie" in script.read_text()}

    assert readers == {"preferences.js", "visitor.js"}


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


def unsafe_queries(source: str) -> list[str]:
    """Queries whose text is computed: PartiQL, and SQL or DynamoDB expressions with a value in it.

    The names in capitals are constants, and ``CONSTANT_PARTS`` are made of some.
    """
    calls = [it for it in ast.walk(ast.parse(source)) if isinstance(it, ast.Call)]
    found = [name for it in calls if (name := getattr(it.func, "attr", "")) in PARTIQL]
    texts = [it.args[0] for it in calls if getattr(it.func, "attr", "") in SQL and it.args]
    texts += [word.value for it in calls for word in it.keywords if word.arg in EXPRESSIONS]
    return found + [ast.unparse(it) for it in texts if _computed_names(it)]


def _computed_names(text: ast.expr) -> set[str]:
    """The variables in a text that is put together; a parameter that is passed on is none."""
    if isinstance(text, ast.Name):
        return set()
    names = {it.id for it in ast.walk(text) if isinstance(it, ast.Name)}
    return {it for it in names if not it.isupper()} - CONSTANT_PARTS


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda it: str(it.relative_to(ROOT)))
def test_queries_have_placeholders_for_values(path: Path) -> None:
    assert unsafe_queries(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "client.execute_statement(Statement='SELECT')",
        "index.execute(f'SELECT {text}')",
        "client.query(KeyConditionExpression='sku = ' + sku)",
        "client.query(FilterExpression=expression(text))",
    ],
)
def test_unsafe_query_is_found(source: str) -> None:
    assert unsafe_queries(source)


def computed_formats(source: str) -> list[str]:
    """The format strings that are neither literals nor constants of a module."""
    formats = [
        node.func.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
    ]
    return [ast.unparse(it) for it in formats if not _is_constant_format(it)]


def _is_constant_format(value: ast.expr) -> bool:
    """A literal, a name in capitals, or a value of a mapping whose name is in capitals.

    ``msgspec.json.format`` indents JSON.
    """
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr == "get" and _is_constant_format(value.func.value)
    if isinstance(value, ast.Subscript):
        return _is_constant_format(value.value)
    if isinstance(value, ast.Name):
        return value.id.isupper()
    return isinstance(value, ast.Constant) or ast.unparse(value) == "msgspec.json"


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda it: str(it.relative_to(ROOT)))
def test_user_text_never_becomes_a_format_string(path: Path) -> None:
    assert computed_formats(path.read_text()) == []


@pytest.mark.parametrize("source", ["text.format(user=user)", "self.title.format(1)"])
def test_computed_format_string_is_found(source: str) -> None:
    assert computed_formats(source)
    assert not computed_formats("TITLE.format(1), TITLES.get('a', '').format(1), '{}'.format(1)")


def callers_of(name: str) -> set[str]:
    """The functions of deployed code that call a function of this name, as ``module.function``."""
    return {
        f"{path.stem}.{function.name}"
        for path in DEPLOYED
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and name in (getattr(node.func, "id", ""), getattr(node.func, "attr", ""))
    }


def test_magic_link_is_the_only_way_to_a_session() -> None:
    assert callers_of("start_session") == {"magic_links.redeem"}
    assert callers_of("redeem") == {"account.sign_in"}
    assert callers_of("new_session_token") == {
        "magic_links.redeem",
        "account.sign_out_other_devices",
    }


def test_cryptography_is_that_of_known_libraries() -> None:
    """The standard library's, which is OpenSSL's, and itsdangerous, which builds on it."""
    used = {
        name.partition(".")[0]
        for path in DEPLOYED
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in _imported(node)[:1]
    }

    assert used & CRYPTOGRAPHY == {"hashlib", "hmac", "secrets", "itsdangerous"}
