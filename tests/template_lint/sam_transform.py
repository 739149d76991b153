"""From the SAM template to its wiring: apply the SAM transform, then evaluate the functions."""

import json
import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from infra.build.bundles import ROOT
from infra.local.packaging import (
    FUNCTION,
    STATE_MACHINE,
    Definition,
    Template,
    read_template,
    state_machine_definitions,
)
from tests.template_lint import naming
from tests.template_lint.event_catalog import EventCatalog, read_event_catalog
from tests.template_lint.policy_statements import Call
from tests.template_lint.recorded_calls import read_calls
from tests.template_lint.resolver import Resolver
from tests.template_lint.runbook import read_runbook_pages
from tests.template_lint.wiring import Wiring

PLACEHOLDER_LOCATION = {"Bucket": "artifacts", "Key": "artifact"}


@dataclass(frozen=True)
class Source:
    """The inputs of the lint: template, workflows by logical id, events, runbook, and calls."""

    template: Template
    workflows: Mapping[str, Definition]
    events: EventCatalog = field(default_factory=read_event_catalog)
    runbook_pages: frozenset[str] = field(default_factory=read_runbook_pages)
    recorded_calls: frozenset[Call] = field(default_factory=read_calls)

    @classmethod
    def in_folder(cls, root: Path = ROOT) -> "Source":
        folder = root / "infra"
        template = read_template(folder / "template.yaml")
        return cls(template, state_machine_definitions(template, folder))


class _NoManagedPolicies:
    """The template has its own policy statements, so none needs to be loaded from AWS."""

    def load(self) -> dict[str, str]:
        return {}


def transform_template(template: Template) -> Template:
    """Return the template as CloudFormation receives it after the SAM transform."""
    packed = deepcopy(template)
    for resource in packed["Resources"].values():
        path = {FUNCTION: "CodeUri", STATE_MACHINE: "DefinitionUri"}.get(resource["Type"])
        if path:
            resource["Properties"][path] = PLACEHOLDER_LOCATION
    os.environ.setdefault("AWS_DEFAULT_REGION", naming.REGION)  # which the transform requires
    result: Template = transform(packed, {}, _NoManagedPolicies(), passthrough_metadata=True)
    return result


def resolve_wiring(source: Source, template: Template, parameters: Mapping[str, Any]) -> Wiring:
    """The wiring of a transformed template with these parameters, and defaults for the others."""
    resolver = Resolver(template, parameters)
    resources = resolver.resources()
    workflows = {
        name: _substitute(it, resources[name]["Properties"].get("DefinitionSubstitutions", {}))
        for name, it in source.workflows.items()
    }
    return Wiring(
        resources,
        resolver.names(),
        workflows,
        source.events,
        source.runbook_pages,
        source.recorded_calls,
    )


def _substitute(definition: Definition, values: Mapping[str, Any]) -> Mapping[str, Any]:
    text = definition.text
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", str(value))
    workflow: Mapping[str, Any] = json.loads(text)
    return workflow


# Every rule is checked with each of these parameter sets.
PARAMETER_SETS: tuple[Mapping[str, Any], ...] = (
    {},
    {
        "WebConcurrency": 100,
        "WorkerConcurrency": 2,
        "Stage": "production",
        "XRayTracing": "Active",
        "SnapStart": "Enabled",
    },
)


def suppressions(template: Template) -> dict[str, dict[str, str]]:
    """The findings that the template's metadata suppresses, by logical id and key, with reasons."""
    return {
        name: resource["Metadata"]["template_lint"]
        for name, resource in template["Resources"].items()
        if "template_lint" in resource.get("Metadata", {})
    }
