"""What is started cold: each bundle, and beside it what it is to be compared with."""

import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from infra.build.bundles import ROOT

PACKAGES = sysconfig.get_path("purelib")
# The shop without anything that is done about starts: what `app/lambda_handler.py` would be elsewhere.
USUAL = """
from mangum import Mangum
from app.main import create_app
handler = Mangum(create_app(), lifespan="off")
"""
OURS = "from app.lambda_handler import handler"
EMPTY_APP = """
from fastapi import FastAPI
from mangum import Mangum
app = FastAPI()
@app.get("/")
async def home():
    return {}
handler = Mangum(app, lifespan="off")
"""
READY = "from app.persistence.dynamodb import connection; connection().client"  # to speak to the first table
# Everything but the network: a client is made, the question signed, the page drawn.
FIRST_PAGE = """
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
class Empty:
    def stream(self):
        yield b'{"Items": [], "Count": 0, "ScannedCount": 0}'
URLLib3Session.send = lambda _, asked: AWSResponse(asked.url, 200, {}, Empty())
http = {"method": "GET", "path": "/", "sourceIp": "192.0.2.1"}
event = {"version": "2.0", "rawPath": "/", "rawQueryString": "", "headers": {"host": "localhost"},
         "requestContext": {"http": http, "stage": "$default"}, "isBase64Encoded": False}
assert handler(event, None)["statusCode"] == 200
"""


@dataclass(frozen=True)
class Program:
    """A start: what is imported, from where.

    ``recompiled`` finds no bytecode it may use: files in a zip have no times, so that what was
    compiled elsewhere in the usual way is compiled again at each start.
    """

    name: str
    body: str
    path: tuple[str, ...] = (PACKAGES,)
    bundle: str = ""
    recompiled: bool = False

    def command(self, no_bytecode: Path) -> list[str]:
        """Ends before the interpreter is torn down: Lambda never waits for that either."""
        code = f"""
import sys
sys.path[:] = [it for it in sys.path if "site-packages" not in it] + {list(self.path)}
{self.body}
import os
print(len(sys.modules), *sorted({{it.partition(".")[0] for it in sys.modules}}), flush=True)
os._exit(0)
"""
        fresh = ("-B", "-X", f"pycache_prefix={no_bytecode}") if self.recompiled else ()
        return [sys.executable, "-I", "-S", *fresh, "-c", code]


def programs(folders: Mapping[str, Path]) -> list[Program]:
    """Those to compare with first, then the shop's functions, each from its own bundle."""
    plain = (str(ROOT), PACKAGES)
    untrimmed = Program("web, untrimmed, first page", f"{USUAL}\n{FIRST_PAGE}", plain)
    return [
        Program("Python alone", "pass"),
        Program("empty FastAPI + Mangum", EMPTY_APP),
        Program("boto3.client('dynamodb')", "import boto3; boto3.client('dynamodb')"),
        _of(folders, "web", OURS),
        Program("web, untrimmed", USUAL, plain),
        _of(folders, "web", f"{OURS}\n{FIRST_PAGE}", ", first page"),
        untrimmed,
        replace(untrimmed, name="web, naive zip, first page", recompiled=True),
        _of(folders, "workers", f"import workers.email\n{READY}", ": email"),
        _of(folders, "workers", f"import workers.publish\n{READY}", ": publish"),
        _of(folders, "workflow", f"import workflow.charge\n{READY}", ": charge"),
        _of(folders, "thumbnails", f"import workers.thumbnails\n{READY}"),
    ]


def _of(folders: Mapping[str, Path], bundle: str, body: str, what: str = "") -> Program:
    return Program(f"{bundle}{what}", body, (str(folders[bundle]),), bundle)
