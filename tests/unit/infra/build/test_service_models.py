"""Botocore's descriptions may be cut down, but never below what the functions call."""

import ast
from collections.abc import Iterator
from pathlib import Path

import botocore
import pytest
from botocore import xform_name
from botocore.model import ServiceModel, Shape

from infra.build.bundles import ROOT
from infra.build.service_models import CALLED, newest, only, read_model

DATA = Path(botocore.__file__).parent / "data"
CALL = tuple[str, str]


def whole(service: str) -> ServiceModel:
    return ServiceModel(read_model(newest(DATA / service)), service)


def kept(service: str) -> ServiceModel:
    return ServiceModel(only(read_model(newest(DATA / service)), CALLED[service]), service)


def services_asked_for(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Each ``client("sqs")`` in this code."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="client"), args=[ast.Constant(value=str(service))]):
                yield node, service


def calls_in(tree: ast.AST) -> Iterator[CALL]:
    """``client("sqs").send_message(...)``, by way of a variable too."""
    direct = dict(services_asked_for(tree))
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


def test_every_call_in_the_code_is_described() -> None:
    sources = (ROOT / "app/aws").glob("*.py")
    calls = {call for source in sources for call in calls_in(ast.parse(source.read_text()))}
    operations = {
        service: {xform_name(name): name for name in whole(service).operation_names}
        for service, _ in calls
    }
    asked = {(service, operations[service].get(method)) for service, method in calls}

    assert {service for service, _ in asked} == CALLED.keys() - {"dynamodb"}
    assert [(s, name) for s, name in asked if name and name not in CALLED[s]] == []


@pytest.mark.parametrize("service", CALLED)
def test_what_is_left_of_a_service_is_complete(service: str) -> None:
    for name in CALLED[service]:
        shortened, original = (
            kept(service).operation_model(name),
            whole(service).operation_model(name),
        )

        assert drawn(shortened.input_shape) == drawn(original.input_shape)
        assert drawn(shortened.output_shape) == drawn(original.output_shape)
        assert [it.name for it in shortened.error_shapes] == [
            it.name for it in original.error_shapes
        ]
        assert shortened.http == original.http


@pytest.mark.parametrize("service", CALLED)
def test_what_is_said_of_a_clients_own_settings_is_kept(service: str) -> None:
    """Botocore reads it when it makes a client, and fails without."""
    of_it, of_all = kept(service), whole(service)

    assert of_it.client_context_parameters == of_all.client_context_parameters


def drawn(shape: Shape | None, above: tuple[str, ...] = ()) -> object:
    """A shape as nested names; one that contains itself, as DynamoDB's values do, only once."""
    if shape is None or shape.name in above:
        return None
    inner = (*above, shape.name)
    parts = getattr(shape, "members", {})
    ends = [getattr(shape, name) for name in ("member", "key", "value") if hasattr(shape, name)]
    return (
        shape.type_name,
        {name: drawn(part, inner) for name, part in parts.items()},
        [drawn(end, inner) for end in ends],
    )


def test_an_operation_that_no_service_has_is_refused() -> None:
    with pytest.raises(KeyError, match="SellEverything"):
        only(read_model(newest(DATA / "sqs")), ["SellEverything"])
