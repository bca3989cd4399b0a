"""How a node type declares its config, and which of its texts are expressions or templates.

Every string of a config may hold `{{ templates }}`, except where its field says otherwise: `Expr`
is an expression, `Literal` is taken as it stands. A field of type `str` always gets text; any other
field keeps the type of a value that is one whole `{{ hole }}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

_SCALARS = frozenset({str, int, float, bool, type(None)})


class Language(Enum):
    """How the strings of a config field are read."""

    TEMPLATE = auto()
    EXPRESSION = auto()
    LITERAL = auto()


Expr = Annotated[
    Any, Language.EXPRESSION, WithJsonSchema({"type": "string", "format": "expression"})
]
"""A config field whose strings are expressions; the behaviour gets their values."""

Literal = Annotated[str, Language.LITERAL]
"""A config field that is taken as it stands."""


class NodeConfig(BaseModel):
    """Base of the config of every node type: frozen, and closed against unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoConfig(NodeConfig):
    """The config of a type that has nothing to say."""


def own_copy(config: NodeConfig) -> NodeConfig:
    """The config for one attempt, which may change the lists and objects in it.

    They are shared otherwise: with other runs, with other attempts, with the state. A config that
    holds none is frozen through and through, so that every attempt may have the same.
    """
    if _SCALARS.issuperset(map(type, vars(config).values())):
        return config
    return config.model_copy(update=_copied(dict(config)))


@cache
def languages(config: type[NodeConfig]) -> tuple[tuple[str, Language, bool], ...]:
    """Each field's name, how its strings are read, and whether it always gets text."""
    return tuple(_languages(config))


def _languages(config: type[NodeConfig]) -> Iterator[tuple[str, Language, bool]]:
    for name, info in config.model_fields.items():
        marked = [mark for mark in info.metadata if isinstance(mark, Language)]
        yield name, (marked[0] if marked else Language.TEMPLATE), info.annotation is str


def _copied(value: Any) -> Any:
    match value:
        case dict():
            return {key: _copied(part) for key, part in value.items()}
        case list():
            return [_copied(part) for part in value]
        case tuple():
            return tuple(_copied(part) for part in value)
        case NodeConfig():
            return own_copy(value)
        case _:
            return value
