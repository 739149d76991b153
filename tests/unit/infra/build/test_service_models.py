"""Reduced service models still describe every operation that the functions call."""

import ast
from collections.abc import Iterator
from pathlib import Path

import botocore
import pytest
from botocore import xform_name
from botocore.model import ServiceModel, Shape

from infra.build.bundles import ROOT
from infra.build.service_models import (
    USED_OPERATIONS,
    newest_version,
    read_model,
    select_operations,
)

DATA = Path(botocore.__file__).parent / "data"
type Call = tuple[str, str]  # service and method


def full_model(service: str) -> ServiceModel:
    return ServiceModel(read_model(newest_version(DATA / service)), service)


def reduced_model(service: str) -> ServiceModel:
    return ServiceModel(
        select_operations(read_model(newest_version(DATA / service)), USED_OPERATIONS[service]),
        service,
    )


def client_calls(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Each ``client("sqs")`` in this code, with the service."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="client"), args=[ast.Constant(value=str(service))]):
                yield node, service


def method_calls(tree: ast.AST) -> Iterator[Call]:
    """Each ``client("sqs").send_message(...)``, also through a variable."""
    direct = dict(client_calls(tree))
    named = {
        target.id: direct[node.value]
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node.value in direct
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            service = direct.get(node.value) or named.get(getattr(node.value, "id", ""))
            if service:
                yield service, node.attr


def test_every_operation_in_the_code_is_in_the_reduced_models() -> None:
    sources = (ROOT / "app/aws").glob("*.py")
    calls = {call for source in sources for call in method_calls(ast.parse(source.read_text()))}
    operations = {
        service: {xform_name(name): name for name in full_model(service).operation_names}
        for service, _ in calls
    }
    called = {(service, operations[service].get(method)) for service, method in calls}

    assert {service for service, _ in called} == USED_OPERATIONS.keys() - {"dynamodb"}
    assert [(s, name) for s, name in called if name and name not in USED_OPERATIONS[s]] == []


@pytest.mark.parametrize("service", USED_OPERATIONS)
def test_kept_operations_are_complete(service: str) -> None:
    for name in USED_OPERATIONS[service]:
        reduced, original = (
            reduced_model(service).operation_model(name),
            full_model(service).operation_model(name),
        )

        assert shape_tree(reduced.input_shape) == shape_tree(original.input_shape)
        assert shape_tree(reduced.output_shape) == shape_tree(original.output_shape)
        assert [it.name for it in reduced.error_shapes] == [it.name for it in original.error_shapes]
        assert reduced.http == original.http


@pytest.mark.parametrize("service", USED_OPERATIONS)
def test_client_context_parameters_are_kept(service: str) -> None:
    """Botocore reads them for each new client, and fails without."""
    reduced, full = reduced_model(service), full_model(service)

    assert reduced.client_context_parameters == full.client_context_parameters


def shape_tree(shape: Shape | None, above: tuple[str, ...] = ()) -> object:
    """A shape as nested names; a recursive shape, like DynamoDB's values, is expanded once."""
    if shape is None or shape.name in above:
        return None
    inner = (*above, shape.name)
    parts = getattr(shape, "members", {})
    ends = [getattr(shape, name) for name in ("member", "key", "value") if hasattr(shape, name)]
    return (
        shape.type_name,
        {name: shape_tree(part, inner) for name, part in parts.items()},
        [shape_tree(end, inner) for end in ends],
    )


def test_unknown_operation_is_an_error() -> None:
    with pytest.raises(KeyError, match="SellEverything"):
        select_operations(read_model(newest_version(DATA / "sqs")), ["SellEverything"])
