"""From the SAM template to its wiring: translated as AWS would, then worked out."""

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
    definitions,
    read,
)
from tests.template_lint import naming
from tests.template_lint.policy_statements import Call
from tests.template_lint.recorded_calls import seen
from tests.template_lint.resolver import Resolver
from tests.template_lint.rules import Catalogue, of_the_code
from tests.template_lint.runbook import pages
from tests.template_lint.wiring import Wiring

SOMEWHERE = {"Bucket": "artifacts", "Key": "artifact"}


@dataclass(frozen=True)
class Source:
    """What wiring is written down in: the template, the workflows by logical id, the events."""

    template: Template
    workflows: Mapping[str, Definition]
    catalogue: Catalogue = field(default_factory=of_the_code)
    pages: frozenset[str] = field(default_factory=pages)
    seen: frozenset[Call] = field(default_factory=seen)

    @classmethod
    def in_folder(cls, root: Path = ROOT) -> "Source":
        folder = root / "infra"
        template = read(folder / "template.yaml")
        return cls(template, definitions(template, folder))


class _NoManagedPolicies:
    """Ours names its policies' statements itself, so that none need be looked up at AWS."""

    def load(self) -> dict[str, str]:
        return {}


def translated(template: Template) -> Template:
    """As CloudFormation gets it once the SAM transform is through."""
    packed = deepcopy(template)
    for resource in packed["Resources"].values():
        path = {FUNCTION: "CodeUri", STATE_MACHINE: "DefinitionUri"}.get(resource["Type"])
        if path:
            resource["Properties"][path] = SOMEWHERE
    os.environ.setdefault("AWS_DEFAULT_REGION", naming.REGION)  # it will not translate without
    found: Template = transform(packed, {}, _NoManagedPolicies(), passthrough_metadata=True)
    return found


def wiring_of(source: Source, template: Template, parameters: Mapping[str, Any]) -> Wiring:
    """The wiring of a translated template, deployed with these parameters and else as usual."""
    resolver = Resolver(template, parameters)
    resources = resolver.resources()
    workflows = {
        name: _filled(it, resources[name]["Properties"].get("DefinitionSubstitutions", {}))
        for name, it in source.workflows.items()
    }
    return Wiring(
        resources, resolver.names(), workflows, source.catalogue, source.pages, source.seen
    )


def _filled(definition: Definition, values: Mapping[str, Any]) -> Mapping[str, Any]:
    text = definition.text
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", str(value))
    filled: Mapping[str, Any] = json.loads(text)
    return filled


# Choices that somebody may make, and under which every rule must hold as well.
CHOICES: tuple[Mapping[str, Any], ...] = (
    {},
    {"WebConcurrency": 100, "WorkerConcurrency": 2},
)


def excuses(template: Template) -> dict[str, dict[str, str]]:
    """By logical id: which findings the template excuses there, in its metadata, and why."""
    return {
        name: resource["Metadata"]["template_lint"]
        for name, resource in template["Resources"].items()
        if "template_lint" in resource.get("Metadata", {})
    }
