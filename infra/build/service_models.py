"""Reduce botocore's service models to the operations that our functions call.

botocore describes more than 400 services in 25 MB of JSON. At each cold start it parses a service's
whole model for its first client, and the endpoints of all regions in all partitions.
"""

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

type Model = dict[str, Any]

# Operations by service, in botocore's names. Tests compare them with the code and the template.
USED_OPERATIONS = {
    "dynamodb": {
        *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
        *("TransactGetItems", "TransactWriteItems", "UpdateItem"),
    },
    # CreateBucket is never called, but botocore reads it to find the URL of a presigned form.
    "s3": {
        *("CreateBucket", "DeleteObject", "GetObject", "HeadObject", "ListObjectsV2", "PutObject"),
    },
    "secretsmanager": {"GetSecretValue"},
    "sesv2": {"SendEmail"},
    "sns": {"PublishBatch"},
    "sqs": {"ChangeMessageVisibility", "GetQueueAttributes", "SendMessage"},
    "stepfunctions": {"SendTaskSuccess", "StartExecution"},
}
SHARED_FILES = ("partitions.json", "sdk-default-configuration.json", "_retry.json")
SERVICE_FILES = ("endpoint-rule-set-1.json.gz", "paginators-1.json", "service-2.sdk-extras.json")
MODEL = "service-2.json.gz"


def trim_models(data: Path) -> None:
    """Reduce ``botocore/data`` of a staged bundle.

    Files are replaced and never changed, because they are links into the installer's cache.
    """
    original = data.rename(data.with_name("data.original"))
    data.mkdir()
    for name in SHARED_FILES:
        shutil.copy(original / name, data / name)
    _write(
        data / "endpoints.json",
        _aws_partition(json.loads((original / "endpoints.json").read_text())),
    )
    for service, operations in USED_OPERATIONS.items():
        _trim_service(newest_version(original / service), data / service, operations)
    shutil.rmtree(original)


def newest_version(service: Path) -> Path:
    """The folder of a service's newest API version; DynamoDB also has that of 2011."""
    return max(service.iterdir())


def _trim_service(version: Path, service: Path, operations: Iterable[str]) -> None:
    trimmed = service / version.name
    trimmed.mkdir(parents=True)
    for name in SERVICE_FILES:
        if (version / name).exists():
            shutil.copy(version / name, trimmed / name)
    # Uncompressed: the zip compresses it, and a function would otherwise decompress it twice.
    _write(trimmed / MODEL.removesuffix(".gz"), select_operations(read_model(version), operations))


def read_model(version: Path) -> Model:
    model: Model = json.loads(gzip.decompress((version / MODEL).read_bytes()))
    return model


def select_operations(model: Model, operations: Iterable[str]) -> Model:
    """A model with only these operations and the shapes they use, without documentation.

    Raises ``KeyError`` for an operation that the service does not have.
    """
    selected = {name: model["operations"][name] for name in sorted(operations)}
    shapes = {
        name: model["shapes"][name] for name in sorted(_reachable_shapes(selected, model["shapes"]))
    }
    reduced: Model = _undocumented({**model, "operations": selected, "shapes": shapes})
    # botocore reads the documentation of these for each new client; S3 has some.
    documented = {name: model[name] for name in ("clientContextParams",) if name in model}
    return {**reduced, **documented}


def _reachable_shapes(operations: Model, shapes: Model) -> set[str]:
    reachable: set[str] = set()
    pending = list(_shape_names(operations))
    while pending:
        name = pending.pop()
        if name not in reachable:
            reachable.add(name)
            pending += _shape_names(shapes[name])
    return reachable


def _shape_names(part: Any) -> Iterator[str]:
    """All shapes that this part of a model refers to."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for inner in part.values():
            yield from _shape_names(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _shape_names(inner)


def _undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        # A member of a shape may be named "documentation"; its value is not a string.
        return {
            name: _undocumented(inner)
            for name, inner in part.items()
            if not (name == "documentation" and isinstance(inner, str))
        }
    return [_undocumented(inner) for inner in part] if isinstance(part, list) else part


def _aws_partition(endpoints: Model) -> Model:
    aws = next(it for it in endpoints["partitions"] if it["partition"] == "aws")
    # Endpoints use the name in the host name: "states" for Step Functions, "email" for SES.
    names = {*USED_OPERATIONS, "states", "email"}
    services = {name: it for name, it in aws["services"].items() if name in names}
    return {**endpoints, "partitions": [{**aws, "services": services}]}


def _write(path: Path, content: Model) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")))
