"""A tree with one place changed, the rest shared with the tree it was made from."""

from collections.abc import Sequence
from typing import Any

type Path = tuple[str | int, ...]

GONE = object()


def changed(tree: Any, path: Path, value: Any) -> Any:
    """The same, but for what lies at ``path``; ``GONE`` takes it away."""
    head, *rest = path
    if isinstance(tree, dict):
        inner = changed(tree[head], tuple(rest), value) if rest else value
        kept = {key: inner if key == head else it for key, it in tree.items()}
        kept.setdefault(head, inner)
        return {key: it for key, it in kept.items() if it is not GONE}
    inner = changed(tree[head], tuple(rest), value) if rest else value
    return [it for it in (*tree[:head], inner, *tree[int(head) + 1 :]) if it is not GONE]


def at(tree: Any, path: Sequence[str | int], *otherwise: Any) -> Any:
    """What lies there; ``otherwise`` when nothing does."""
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            if otherwise:
                return otherwise[0]
            raise
    return tree
