"""Copy a tree of dicts and lists with one value replaced or removed; the rest is shared."""

from collections.abc import Sequence
from typing import Any

type Path = tuple[str | int, ...]

REMOVED = object()


def replace_at(tree: Any, path: Path, value: Any) -> Any:
    """Return the tree with ``value`` at ``path``; ``REMOVED`` deletes what is there."""
    head, *rest = path
    if isinstance(tree, dict):
        inner = replace_at(tree[head], tuple(rest), value) if rest else value
        result = {key: inner if key == head else it for key, it in tree.items()}
        result.setdefault(head, inner)
        return {key: it for key, it in result.items() if it is not REMOVED}
    inner = replace_at(tree[head], tuple(rest), value) if rest else value
    return [it for it in (*tree[:head], inner, *tree[int(head) + 1 :]) if it is not REMOVED]


def get_at(tree: Any, path: Sequence[str | int], *otherwise: Any) -> Any:
    """Return the value at ``path``, or the default if one is given and there is no value."""
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            if otherwise:
                return otherwise[0]
            raise
    return tree
