"""One visit of one node on its own: with an input that is known, and nothing around it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from services.domain.chronicle import Chronicle, as_accepted
from services.domain.events.vocabulary import RunEvent, Token
from services.domain.runs import Run
from services.domain.translation.translate import Translator
from services.domain.visits import NodeState
from workflow_compiler import Plan, Registry, RunContext, parse, plan
from workflow_compiler.binding import BoundConfig, BoundValue
from workflow_compiler.definition import Join
from workflow_compiler.expressions.names import SECRETS, Scope
from workflow_compiler.history import VisitKey
from workflow_compiler.lower import NodeFailedError, initial_state, lower
from workflow_compiler.nodes.markers import START
from workflow_compiler.planning import PlannedNode
from workflow_compiler.registry import Work
from workflow_compiler.state import UNVISITED
from workflow_compiler.trace import Record

MAX_EVENTS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lone:
    """A visit that is to take place on its own.

    Attributes:
        plan: The plan that the node is of.
        key: The visit of the run that it repeats.
        given: The resolved config.
        variables: What the run's variables hold.
    """

    plan: Plan
    node: PlannedNode
    key: VisitKey
    given: Mapping[str, Any]
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoneVisit:
    """How a visit went on its own, with what it told on the way."""

    state: NodeState
    events: tuple[RunEvent, ...]


def why_not_alone(node: PlannedNode) -> str | None:
    """Why a node cannot be run alone; None when it can."""
    if node.type.slots:
        return "it only runs the nodes that are in it; run one of those"
    if node.type.cases is not None:
        return "it only chooses its edges; the state of the run says how it did"
    if node.type.work is Work.WAITING:
        return "it only waits for others"
    return None


async def run_alone(lone: Lone, run: Run, world: RunContext) -> LoneVisit:
    """Let a node do its work, through all of its attempts.

    Its idempotency key is that of the visit of the run, so services that know such keys take it for
    another attempt of that visit.
    """
    made = _lone_plan(lone)
    records: list[Record] = []
    context = replace(
        world,
        run_id=run.id,
        workflow=lone.plan.name,
        version=run.version,
        path=lone.key[1],
        tap=records.append,
    )
    with suppress(NodeFailedError):  # the records tell it
        await lower(made, world).ainvoke(_start(made, lone, run), context=context)
    return _told(made, lone.key, as_accepted(run), records)


def _start(made: Plan, lone: Lone, run: Run) -> Any:
    node_id, _, visit = lone.key
    before = {node_id: {**UNVISITED, "visit": visit - 1}}
    return initial_state(made, run.input) | {"nodes": before, "vars": dict(lone.variables)}


def _told(made: Plan, key: VisitKey, run: Run, records: list[Record]) -> LoneVisit:
    """What the visit told, with its path: to the translator it is a node of no container."""
    translator, chronicle = Translator(made, {}), Chronicle(run)
    told = [e for record in records for e in translator.hear(replace(record, path=""))]
    told += translator.catch_up()
    events = [event for event in told if not isinstance(event, Token)]
    chronicle.take(events)
    node_id, path, visit = key
    state = chronicle.visits[node_id, "", visit].state
    placed = [replace(event, path=path) for event in events[:MAX_EVENTS]]  # type: ignore[arg-type]
    return LoneVisit(state=replace(state, path=path), events=tuple(placed))


def _lone_plan(lone: Lone) -> Plan:
    """The plan of a workflow with this node only, whose config is resolved already."""
    of, node = lone.plan, lone.node
    document = {"name": of.name, "nodes": [{"id": node.id, "type": START.name}]}
    registry = Registry().with_types(START)
    marked = plan(parse(document, registry), registry)
    alone = replace(
        node,
        number=0,
        config=_resolved(node.config, lone.given),
        routes=marked.nodes[0].routes,
        strategy=marked.nodes[0].strategy,
        cache_seconds=None,
        join=Join.ALL,
    )
    return replace(
        marked,
        fingerprint=f"{of.fingerprint}/{node.id}",
        nodes=(alone,),
        variables=of.variables,
        limits=of.limits,
    )


def _resolved(config: BoundConfig, given: Mapping[str, Any]) -> BoundConfig:
    """The config with what was given in every field; secrets are filled in where it names them."""
    fields = {name: BoundValue(value, None, ()) for name, value in given.items()}
    sending = given if config.secrets else {}
    moving = tuple((name, partial(_sent, config, name, value)) for name, value in sending.items())
    return replace(config, given=given, static=None, fields=fields, moving=moving)


def _sent(config: BoundConfig, name: str, value: Any, scope: Scope) -> Any:
    return config.filled({name: value}, scope[SECRETS])[name]
