"""What an expression may speak of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeAlias

Scope: TypeAlias = Mapping[str, Any]
"""The data of one evaluation: `scope["input"]`, `scope["classify"]`, `scope["nodes"]["node-2"]`."""

NODES = "nodes"
"""The root under which every node is found by its id."""

SECRETS = "secrets"
"""The root under which secrets are read by name, where they are sent out."""

_MAX_CANDIDATES = 100
_MAX_WORD = 40
_MAX_DIFFERENCE = 3


def in_the_log(secrets: Iterable[str]) -> Mapping[str, str]:
    """What stands in the log for these secrets, by their names."""
    return {name: f"{{{{ {SECRETS}.{name} }}}}" for name in secrets}


@dataclass(frozen=True, slots=True)
class Names:
    """The names that are legal at one place of a definition.

    Attributes:
        roots: Names that are no nodes, such as `input`, `vars` and `nodes`.
        nodes: Ids of nodes. One that is an identifier may be used as a root name, unless
            a root of the same name shadows it; every one may be read as `nodes["id"]`.
        elsewhere: Names that are legal at other places only, with a hint of where.
    """

    roots: frozenset[str]
    nodes: frozenset[str]
    elsewhere: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def suggest(self, name: str) -> str | None:
        """Propose what the author of an unknown name may have meant."""
        if name in self.elsewhere:
            return self.elsewhere[name]
        return suggest(name, self.roots | self.nodes)


def suggest(word: str, candidates: Iterable[str]) -> str | None:
    """Propose the candidate that looks most like the word.

    To compare two words is slow, so only those are compared that are alike at first sight.
    """
    if not 0 < len(word) <= _MAX_WORD:
        return None
    alike = sorted(name for name in candidates if _are_alike(word, name))[:_MAX_CANDIDATES]
    close = get_close_matches(word, alike, n=1)
    return f"did you mean {close[0]!r}?" if close else None


def _are_alike(word: str, name: str) -> bool:
    return abs(len(word) - len(name)) <= _MAX_DIFFERENCE and (
        word[0] == name[:1] or word[-1] == name[-1:]
    )
