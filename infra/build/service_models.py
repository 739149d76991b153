"""Leave botocore the descriptions of what our functions call, and nothing else.

botocore describes more than 400 services in 25 MB of JSON, and parses what it is given at each
cold start: a service's whole model for its first client, all regions of all partitions besides.
"""

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

type Model = dict[str, Any]

# By service, as botocore names both; tests hold them against the code and the template.
CALLED = {
    "dynamodb": {
        *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
        *("TransactGetItems", "TransactWriteItems", "UpdateItem"),
    },
    # CreateBucket: never called, but botocore looks it up for where a presigned form is sent.
    "s3": {"CreateBucket", "DeleteObject", "GetObject", "HeadObject", "PutObject"},
    "secretsmanager": {"GetSecretValue"},
    "sesv2": {"SendEmail"},
    "sns": {"Publish"},
    "sqs": {"ChangeMessageVisibility", "SendMessage"},
    "stepfunctions": {"DescribeExecution", "SendTaskSuccess", "StartExecution"},
}
OF_NO_SERVICE = ("partitions.json", "sdk-default-configuration.json", "_retry.json")
OF_A_SERVICE = ("endpoint-rule-set-1.json.gz", "paginators-1.json", "service-2.sdk-extras.json")
MODEL = "service-2.json.gz"


def trim_models(data: Path) -> None:
    """Make a staged bundle's ``botocore/data`` small.

    Files are replaced, never written into: the installer links them to its own cache.
    """
    whole = data.rename(data.with_name("data.whole"))
    data.mkdir()
    for name in OF_NO_SERVICE:
        shutil.copy(whole / name, data / name)
    _write(
        data / "endpoints.json", _own_partition(json.loads((whole / "endpoints.json").read_text()))
    )
    for service, operations in CALLED.items():
        _trim_service(newest(whole / service), data / service, operations)
    shutil.rmtree(whole)


def newest(service: Path) -> Path:
    """The folder of a service's present interface; DynamoDB still carries that of 2011."""
    return max(service.iterdir())


def _trim_service(version: Path, service: Path, operations: Iterable[str]) -> None:
    trimmed = service / version.name
    trimmed.mkdir(parents=True)
    for name in OF_A_SERVICE:
        if (version / name).exists():
            shutil.copy(version / name, trimmed / name)
    # Not packed: the zip packs it anyway, and a function would have to unpack it twice.
    _write(trimmed / MODEL.removesuffix(".gz"), only(read_model(version), operations))


def read_model(version: Path) -> Model:
    model: Model = json.loads(gzip.decompress((version / MODEL).read_bytes()))
    return model


def only(model: Model, operations: Iterable[str]) -> Model:
    """A service's model with these operations and the shapes they lead to, documentation left out.

    Raises ``KeyError`` for an operation that the service does not have.
    """
    kept = {name: model["operations"][name] for name in sorted(operations)}
    shapes = {name: model["shapes"][name] for name in sorted(_reached(kept, model["shapes"]))}
    small: Model = _undocumented({**model, "operations": kept, "shapes": shapes})
    # botocore reads what is said of these whenever a client is made: S3 has some.
    said = {name: model[name] for name in ("clientContextParams",) if name in model}
    return {**small, **said}


def _reached(operations: Model, shapes: Model) -> set[str]:
    found: set[str] = set()
    waiting = list(_named(operations))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _named(shapes[name])
    return found


def _named(part: Any) -> Iterator[str]:
    """Every shape that this part of a model refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for inner in part.values():
            yield from _named(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _named(inner)


def _undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        # A member of a shape may itself be called "documentation"; its value is no text.
        return {
            name: _undocumented(inner)
            for name, inner in part.items()
            if not (name == "documentation" and isinstance(inner, str))
        }
    return [_undocumented(inner) for inner in part] if isinstance(part, list) else part


def _own_partition(endpoints: Model) -> Model:
    aws = next(it for it in endpoints["partitions"] if it["partition"] == "aws")
    # botocore's endpoints bear the name in the address: Step Functions is "states", SES "email".
    names = {*CALLED, "states", "email"}
    services = {name: it for name, it in aws["services"].items() if name in names}
    return {**endpoints, "partitions": [{**aws, "services": services}]}


def _write(path: Path, content: Model) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")))
