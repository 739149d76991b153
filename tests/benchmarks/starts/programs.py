"""The programs whose cold start is measured: each bundle, and what it is compared with."""

import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from infra.build.bundles import ROOT

PACKAGES = sysconfig.get_path("purelib")
# The web function without the optimizations in `app/lambda_handler.py`.
UNTRIMMED_WEB = """
from mangum import Mangum
from app.main import create_app
handler = Mangum(create_app(), lifespan="off")
"""
WEB = "from app.lambda_handler import handler"
EMPTY_APP = """
from fastapi import FastAPI
from mangum import Mangum
app = FastAPI()
@app.get("/")
async def home():
    return {}
handler = Mangum(app, lifespan="off")
"""
CONNECT = (
    "from app.persistence.dynamodb import connection; connection().client"  # to the first table
)
# Everything but the network: create a client, sign a request, render the page.
FIRST_PAGE = """
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
class Empty:
    def stream(self):
        yield b'{"Items": [], "Count": 0, "ScannedCount": 0}'
URLLib3Session.send = lambda _, request: AWSResponse(request.url, 200, {}, Empty())
http = {"method": "GET", "path": "/", "sourceIp": "192.0.2.1"}
event = {"version": "2.0", "rawPath": "/", "rawQueryString": "", "headers": {"host": "localhost"},
         "requestContext": {"http": http, "stage": "$default"}, "isBase64Encoded": False}
assert handler(event, None)["statusCode"] == 200
"""


@dataclass(frozen=True)
class Program:
    """A program to start: the imported code and its path.

    ``without_bytecode`` simulates a plain zip: Lambda changes the files' modification times, which
    invalidates bytecode that was compiled in the default way.
    """

    name: str
    body: str
    path: tuple[str, ...] = (PACKAGES,)
    bundle: str = ""
    without_bytecode: bool = False

    def command(self, no_bytecode: Path) -> list[str]:
        """The command line; it exits without the interpreter's teardown, as on Lambda."""
        code = f"""
import sys
sys.path[:] = [it for it in sys.path if "site-packages" not in it] + {list(self.path)}
{self.body}
import os
print(len(sys.modules), *sorted({{it.partition(".")[0] for it in sys.modules}}), flush=True)
os._exit(0)
"""
        fresh = ("-B", "-X", f"pycache_prefix={no_bytecode}") if self.without_bytecode else ()
        return [sys.executable, "-I", "-S", *fresh, "-c", code]


# What the alternatives install; the untrimmed web function has the development environment.
ALTERNATIVES = {"empty": ("fastapi", "mangum"), "boto3": ("boto3",)}


def programs(folders: Mapping[str, Path], alternatives: Mapping[str, Path]) -> list[Program]:
    """First the alternatives, each in its own environment, then the functions from their bundles.

    ``folders`` are the bundles by name, ``alternatives`` the environments of ``ALTERNATIVES``.
    """
    empty, boto3 = ((str(alternatives[it]),) for it in ("empty", "boto3"))
    plain = (str(ROOT), PACKAGES)
    untrimmed = Program("web, untrimmed, first page", f"{UNTRIMMED_WEB}\n{FIRST_PAGE}", plain)
    return [
        Program("Python alone", "pass"),
        Program("empty FastAPI + Mangum", EMPTY_APP, empty),
        Program("boto3.client('dynamodb')", "import boto3; boto3.client('dynamodb')", boto3),
        _bundled(folders, "web", WEB),
        Program("web, untrimmed", UNTRIMMED_WEB, plain),
        _bundled(folders, "web", f"{WEB}\n{FIRST_PAGE}", ", first page"),
        untrimmed,
        replace(untrimmed, name="web, naive zip, first page", without_bytecode=True),
        _bundled(folders, "workers", f"import workers.email\n{CONNECT}", ": email"),
        _bundled(folders, "workers", f"import workers.publish\n{CONNECT}", ": publish"),
        _bundled(folders, "workflow", f"import workflow.charge\n{CONNECT}", ": charge"),
        _bundled(folders, "thumbnails", f"import workers.thumbnails\n{CONNECT}"),
    ]


def _bundled(folders: Mapping[str, Path], bundle: str, body: str, what: str = "") -> Program:
    return Program(f"{bundle}{what}", body, (str(folders[bundle]),), bundle)
