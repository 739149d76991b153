"""Lint: finds the ambiguous regular expressions, for which the engine's time is not linear.

An expression is ambiguous if two of its loops can share a run of characters between them in many
ways: nested loops as in ``(a+)+``, and loops that meet as in ``[0-9]+[0-9 ]*``. A search has one
loop more, the place where it starts. The expression becomes the automaton of its characters, which
has a high degree of ambiguity if some text leads from p to p, from p to q and from q to q.
Weber and Seidl: https://doi.org/10.1016/0304-3975(91)90381-B
Possessive loops and atomic groups give nothing back, so they count for the start of a search only.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from re import _compiler, _parser  # type: ignore[attr-defined]  # the trees of expressions
from typing import Any

MAX_BOUNDED = 64  # a loop of at most as many rounds is none: its work is bounded
ANY_OF = "abstzASTZ019 .,-_'\"()[]<>@#+*/\\:;=%&?!$\t\n\r\x00\x7f\xe9\u0301\u2013\u20ac\u4e00"
END = ""  # what assertions match instead of a character
SEARCHES = frozenset({"search", "findall", "finditer", "sub", "subn", "split"})
CHARACTERS = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY", "CATEGORY"})
ASSERTIONS = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
LOOPS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})

type Place = int
type Pair = tuple[Place, Place]


@dataclass(frozen=True)
class Part:
    """Where a part of the expression begins and ends, and whether it may match nothing."""

    first: frozenset[Place] = frozenset()
    last: frozenset[Place] = frozenset()
    is_optional: bool = True


@dataclass
class Automaton:
    """Glushkov's: a place for each character of the expression, and in how many ways others follow.

    https://en.wikipedia.org/wiki/Glushkov%27s_construction_algorithm
    """

    flags: int
    is_search: bool
    characters: list[frozenset[str]] = field(default_factory=list)
    edges: Counter[Pair] = field(default_factory=Counter)
    atomic: list[Any] = field(default_factory=list)  # the trees inside possessive and atomic parts
    _depth: int = 0  # of atomic groups

    def place(self, characters: frozenset[str]) -> Part:
        self.characters.append(characters)
        here = frozenset({len(self.characters) - 1})
        return Part(here, here, is_optional=False)

    def sequence(self, tree: Any) -> Part:
        whole = Part()
        for kind, value in tree:
            whole = self.join(whole, self._node(str(kind), value))
        return whole

    def join(self, before: Part, after: Part) -> Part:
        self.edges.update(product(before.last, after.first))
        return Part(
            before.first | (after.first if before.is_optional else frozenset()),
            after.last | (before.last if after.is_optional else frozenset()),
            before.is_optional and after.is_optional,
        )

    def _node(self, kind: str, value: Any) -> Part:
        if kind in CHARACTERS | ASSERTIONS:
            return self.place(self._matched(kind, value))
        if kind == "BRANCH":
            return _either([self.sequence(branch) for branch in value[1]])
        if kind == "SUBPATTERN":
            return self.sequence(value[3])
        if kind == "ATOMIC_GROUP":
            return self._atomic_group(value)
        if kind in LOOPS:
            return self._repeated(kind, *value)
        raise AssertionError(f"The lint does not know {kind}.")

    def _atomic_group(self, body: Any) -> Part:
        self.atomic.append(body)
        self._depth += 1
        part = self.sequence(body)
        self._depth -= 1
        return part

    def _repeated(self, kind: str, least: int, most: int, body: Any) -> Part:
        """One copy of the body for an endless loop; two at most of the rounds of a bounded one."""
        is_atomic = kind == "POSSESSIVE_REPEAT"
        if is_atomic:
            self.atomic.append(body)
        is_endless = most > MAX_BOUNDED
        optional = Part()
        for _ in range(1 if is_endless else min(int(most) - least, 2)):
            again = self.sequence(body)
            if is_endless and (self.is_search or not (is_atomic or self._depth)):
                self.edges.update(product(again.last, again.first))
            again = self.join(again, optional)
            optional = Part(again.first, again.last)
        whole = Part()
        for _ in range(min(least - 1 if is_endless else least, 2)):
            whole = self.join(whole, self.sequence(body))
        if is_endless and least:
            optional = Part(optional.first, optional.last, is_optional=again.is_optional)
        return self.join(whole, optional)

    def _matched(self, kind: str, value: Any) -> frozenset[str]:
        if kind in ASSERTIONS:
            return frozenset({END})
        state = _parser.State()
        state.flags = self.flags
        tree = _parser.SubPattern(state, [(getattr(_parser, kind), value)])
        compiled = _compiler.compile(tree, self.flags)
        return frozenset(it for it in ANY_OF if compiled.fullmatch(it))


def _either(parts: list[Part]) -> Part:
    return Part(
        frozenset().union(*(it.first for it in parts)),
        frozenset().union(*(it.last for it in parts)),
        any(it.is_optional for it in parts),
    )


def parse_tree(pattern: str | bytes, flags: int = 0) -> Any:
    """The tree of an expression as Python parses it; bytes count as the characters of Latin-1."""
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    return _parser.parse(text, flags)


def is_ambiguous(pattern: str | bytes, flags: int = 0, methods: frozenset[str] = SEARCHES) -> bool:
    """Whether the time of one of the methods can grow faster than the text does."""
    tree = parse_tree(pattern, flags)
    return _meets_itself(tree, tree.state.flags) or (
        bool(methods & SEARCHES) and _meets_the_start(tree, tree.state.flags)
    )


def _meets_itself(tree: Any, flags: int) -> bool:
    automaton = Automaton(flags, is_search=False)
    automaton.sequence(tree)
    reachable = _reachable(automaton)
    loops = [place for place in reachable if place in reachable[place]]
    twice = (pair for pair, ways in automaton.edges.items() if ways > 1)
    return (
        any(before in reachable[after] for before, after in twice)
        or any(_share_a_run(automaton, p, q) for p in loops for q in reachable[p] if p != q)
        or any(_meets_itself(body, flags) for body in automaton.atomic)
    )


def _meets_the_start(tree: Any, flags: int) -> bool:
    """Whether a search that fails reads the same run again from each of its characters."""
    automaton = Automaton(flags, is_search=True)
    start = automaton.place(frozenset(ANY_OF))
    automaton.edges[(0, 0)] += 1
    whole = automaton.sequence(tree)
    automaton.join(start, whole)
    reachable = _reachable(automaton)
    loops = (place for place in reachable if place and place in reachable[place])
    return any(
        _share_a_run(automaton, 0, place)
        for place in loops
        if not any(place in reachable[end] and end in reachable[place] for end in whole.last)
    )


def _reachable(automaton: Automaton) -> dict[Place, set[Place]]:
    """The places to which a text of at least one character leads from each place."""
    following = _following(automaton)
    return {place: set(_walk(following, place)) for place in range(len(automaton.characters))}


def _following(automaton: Automaton) -> dict[Place, list[Place]]:
    following: dict[Place, list[Place]] = {it: [] for it in range(len(automaton.characters))}
    for before, after in automaton.edges:
        following[before].append(after)
    return following


def _walk(following: dict[Place, list[Place]], start: Place) -> Iterator[Place]:
    seen, waiting = set(), [start]
    while waiting:
        for after in following[waiting.pop()]:
            if after not in seen:
                seen.add(after)
                waiting.append(after)
                yield after


def _share_a_run(automaton: Automaton, p: Place, q: Place) -> bool:
    """Whether one text leads from p to p, from p to q and from q to q."""
    following, characters = _following(automaton), automaton.characters
    seen: set[tuple[Place, ...]] = set()
    waiting: list[tuple[Place, ...]] = [(p, p, q)]
    while waiting:
        for step in product(*(following[place] for place in waiting.pop())):
            if step not in seen and frozenset.intersection(*(characters[it] for it in step)):
                if step == (p, q, q):
                    return True
                seen.add(step)
                waiting.append(step)
    return False
