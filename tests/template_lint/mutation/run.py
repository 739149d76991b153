"""Lint every mutant of the template, and report which rule detects it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.template_lint import RULES, Source, Wiring, resolve_wiring, transform_template
from tests.template_lint.mutation import invocations, messages, permissions
from tests.template_lint.mutation.mutants import Mutant, Operator
from tests.template_lint.mutation.workflow import of_workflow
from tests.template_lint.sam_transform import suppressions

OPERATORS: tuple[Operator, ...] = (
    permissions.of_roles,
    permissions.of_queue_policies,
    permissions.of_permissions,
    messages.of_queues,
    messages.of_subscriptions,
    messages.of_mappings,
    invocations.of_functions,
    invocations.of_rules,
    invocations.of_buckets,
    invocations.of_the_api,
    invocations.of_logs,
    invocations.of_alarms,
)
REASONS_FILE = Path(__file__).with_name("survivors.yaml")


@dataclass(frozen=True)
class MutantResult:
    """``detected_by`` is the first rule with a finding; it is empty for a survivor."""

    mutant: Mutant
    detected_by: str


def list_mutants(source: Source) -> list[tuple[Mutant, str]]:
    """Each mutant with the workflow that it changes, or with an empty text."""
    template = transform_template(source.template)
    mutants = [(it, "") for operator in OPERATORS for it in operator(template)]
    for machine, workflow in _resolve(source, template).workflows.items():
        mutants += [(it, machine) for it in of_workflow(dict(workflow))]
    return mutants


def run_mutants(source: Source, mutants: list[tuple[Mutant, str]]) -> Iterator[MutantResult]:
    template = transform_template(source.template)
    suppressed = suppressions(source.template)
    original = _resolve(source, template)
    for mutant, machine in mutants:
        if machine:
            workflow = mutant.apply(original.workflows[machine])
            wiring = replace(original, workflows={**original.workflows, machine: workflow})
        else:
            wiring = _resolve(source, mutant.apply(template))
        yield MutantResult(mutant, _first_detecting_rule(wiring, suppressed))


def _resolve(source: Source, template: dict[str, Any]) -> Wiring:
    return resolve_wiring(source, template, {})


def _first_detecting_rule(wiring: Wiring, suppressed: dict[str, dict[str, str]]) -> str:
    used = set()
    for rule in RULES:
        for it in rule.find(wiring):
            key = it.with_rule(rule.name).key
            if key not in suppressed.get(it.resource, {}):
                return rule.name
            used.add((it.resource, key))
    unused = {(resource, key) for resource, keys in suppressed.items() for key in keys} - used
    return "unused suppression" if unused else ""


@cache
def survivor_reasons() -> dict[str, str]:
    """Why a mutant may survive, by the mutant's name."""
    return yaml.safe_load(REASONS_FILE.read_text()) or {}
