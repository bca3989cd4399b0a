"""What an expression may speak of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from heapq import nsmallest
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeAlias

Scope: TypeAlias = Mapping[str, Any]
"""The data of one evaluation: `scope["input"]`, `scope["classify"]`, `scope["nodes"]["node-2"]`."""

NODES = "nodes"
"""The root under which every node is found by its id."""

SECRETS = "secrets"
"""The root under which secrets are read by name, where they are sent out."""

MAX_GUESSES = 100
"""For how many unknown names of one document it is said what may have been meant."""

_MAX_CANDIDATES = 100
_MAX_WORD = 40
_MAX_DIFFERENCE = 3


def in_the_log(secrets: Iterable[str]) -> Mapping[str, str]:
    """What stands in the log for these secrets, by their names."""
    return {name: f"{{{{ {SECRETS}.{name} }}}}" for name in secrets}


@dataclass(slots=True)
class Guesses:
    """What the authors of unknown names may have meant, for the first of them only.

    To look through all names of a large document is slow, and whoever has very many wrong ones
    does not read them one by one.
    """

    left: int = MAX_GUESSES

    def suggest(self, word: str, candidates: Iterable[str]) -> str | None:
        """Propose the candidate that looks most like the word; nothing after too many words."""
        if self.left == 0:
            return None
        self.left -= 1
        return suggest(word, candidates)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that are legal at one place of a definition.

    Attributes:
        roots: Names that are no nodes, such as `input`, `vars` and `nodes`.
        nodes: Ids of nodes. One that is an identifier may be used as a root name, unless
            a root of the same name shadows it; every one may be read as `nodes["id"]`.
        elsewhere: Names that are legal at other places only, with a hint of where.
        guesses: What proposes a name for an unknown one.
    """

    roots: frozenset[str]
    nodes: frozenset[str]
    elsewhere: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    guesses: Guesses = field(default_factory=Guesses, compare=False)

    def suggest(self, name: str) -> str | None:
        """Propose what the author of an unknown name may have meant."""
        if name in self.elsewhere:
            return self.elsewhere[name]
        return self.guesses.suggest(name, chain(self.roots, self.nodes))

    def suggest_node(self, node_id: str) -> str | None:
        """Propose the node that the author of an unknown id may have meant."""
        return self.guesses.suggest(node_id, self.nodes)


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """Propose the candidate that looks most like the word.

    To compare two words is slow, so only those are compared that are alike at first sight.
    """
    if not 0 < len(word) <= _MAX_WORD:
        return None
    alike = nsmallest(_MAX_CANDIDATES, (name for name in candidates if _are_alike(word, name)))
    close = get_close_matches(word, alike, n=1)
    return f"did you mean {close[0]!r}?" if close else None


def _are_alike(word: str, name: str) -> bool:
    return abs(len(word) - len(name)) <= _MAX_DIFFERENCE and (
        word[0] == name[:1] or word[-1] == name[-1:]
    )
