"""Every mutant against every rule, and what was heard of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.template_lint import RULES, Source, Wiring, translated, wiring_of
from tests.template_lint.mutation import invocations, messages, permissions
from tests.template_lint.mutation.mutants import Mutant, Operator
from tests.template_lint.mutation.workflow import of_a_workflow
from tests.template_lint.sam_transform import excuses

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
REASONS = Path(__file__).with_name("survivors.yaml")


@dataclass(frozen=True)
class Tried:
    """``caught_by`` is the rule that spoke first, and empty for a survivor."""

    mutant: Mutant
    caught_by: str


def all_mutants(source: Source) -> list[tuple[Mutant, str]]:
    """Each with the workflow that it is about, or with none."""
    template = translated(source.template)
    found = [(it, "") for operator in OPERATORS for it in operator(template)]
    for machine, workflow in _plain(source, template).workflows.items():
        found += [(it, machine) for it in of_a_workflow(dict(workflow))]
    return found


def try_all(source: Source, mutants: list[tuple[Mutant, str]]) -> Iterator[Tried]:
    template = translated(source.template)
    excused = excuses(source.template)
    whole = _plain(source, template)
    for mutant, machine in mutants:
        if machine:
            wrong = {**whole.workflows, machine: mutant.of(whole.workflows[machine])}
            wiring = replace(whole, workflows=wrong)
        else:
            wiring = _plain(source, mutant.of(template))
        yield Tried(mutant, _who_speaks(wiring, excused))


def _plain(source: Source, template: dict[str, Any]) -> Wiring:
    return wiring_of(source, template, {})


def _who_speaks(wiring: Wiring, excused: dict[str, dict[str, str]]) -> str:
    needed = set()
    for rule in RULES:
        for it in rule.look(wiring):
            key = it.under(rule.name).key
            if key not in excused.get(it.place, {}):
                return rule.name
            needed.add((it.place, key))
    idle = {(place, key) for place, keys in excused.items() for key in keys} - needed
    return "an idle excuse" if idle else ""


@cache
def reasons() -> dict[str, str]:
    """Why a mutant may survive, by its name."""
    return yaml.safe_load(REASONS.read_text()) or {}
