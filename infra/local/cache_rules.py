"""The cache behaviors of the template, as the local proxy applies them."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from infra.build.bundles import ROOT
from infra.local.packaging import Template, read_template


@dataclass(frozen=True)
class CacheRule:
    """A cache behavior: what is part of the key, and what else the API gets to see.

    ``params`` is ``None`` if all query parameters are part of the key.
    """

    pattern: str
    params: frozenset[bytes] | None
    key_headers: tuple[bytes, ...]
    other_headers: tuple[bytes, ...]


@cache
def cache_rules() -> tuple[CacheRule | str, ...]:
    """The cache behaviors in their order; of one that is not for shared pages, its pattern."""
    return tuple(read_cache_rules(read_template(ROOT / "infra/template.yaml")))


def read_cache_rules(template: Template) -> Iterable[CacheRule | str]:
    resources = template["Resources"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    for behavior in config["CacheBehaviors"]:
        policy = behavior["CachePolicyId"]
        if isinstance(policy, str):  # a managed policy: S3, or files that crawlers read
            yield behavior["PathPattern"]
            continue
        key = resources[policy["Ref"]]["Properties"]["CachePolicyConfig"]
        key = key["ParametersInCacheKeyAndForwardedToOrigin"]
        request = resources[behavior["OriginRequestPolicyId"]["Ref"]]["Properties"]
        names = key["QueryStringsConfig"].get("QueryStrings")
        yield CacheRule(
            behavior["PathPattern"],
            frozenset(it.encode() for it in names) if names else None,
            _header_names(key),
            _header_names(request["OriginRequestPolicyConfig"]),
        )


def _header_names(policy: dict[str, Any]) -> tuple[bytes, ...]:
    return tuple(it.lower().encode() for it in policy["HeadersConfig"]["Headers"])


def find_rule(rules: Iterable[CacheRule | str], path: str) -> CacheRule | None:
    """The first behavior whose pattern matches, if it is one for shared pages."""
    for rule in rules:
        if fnmatchcase(path, rule if isinstance(rule, str) else rule.pattern):
            return None if isinstance(rule, str) else rule
    return None
