"""Definition in, runnable graph out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig

from workflow_compiler.definition import Definition
from workflow_compiler.frontend import plan
from workflow_compiler.lower import initial_state, lower, run_config
from workflow_compiler.lower.interrupts import InterruptingWaits
from workflow_compiler.lower.runnables import Graph
from workflow_compiler.node_cache import MemoryNodeCache
from workflow_compiler.planning import SLOW, Plan
from workflow_compiler.ports import NOTHING, RunContext, SystemClock
from workflow_compiler.registry import Registry, Work
from workflow_compiler.scripted import ScriptedChatModels
from workflow_compiler.show import show
from workflow_compiler.state import Outlook, RunScope, State

MAX_REMEMBERED_BYTES = 64 * 1024 * 1024
"""What the nodes of a compiled workflow with a `cache` may keep for later runs."""


@dataclass(frozen=True, slots=True)
class CompiledWorkflow:
    """A workflow that can run: an ordinary LangGraph graph, and the plan that it was made from."""

    plan: Plan
    graph: Graph

    @property
    def config(self) -> RunnableConfig:
        """The bounds of a run, to hand to the graph together with the state.

        `ainvoke` and `astream` know them anyway; `astream_events` would put LangChain's default of
        25 supersteps in their place.
        """
        return run_config(self.plan)

    def initial_state(
        self, run_input: Mapping[str, Any], variables: Mapping[str, Any] = NOTHING
    ) -> dict[str, Any]:
        """What to hand to `graph.ainvoke` for a run with this input.

        `variables` are values that some variables have from the beginning, instead of their
        defaults.
        """
        return initial_state(self.plan, run_input, variables)

    def output(self, state: State, context: RunContext | None = None) -> Any:
        """What a run gives out, from the state in which it ended.

        `context` is that of the run: `{{ run.id }}` and `{{ run.workflow }}` are read from it.

        Raises:
            EvaluationError: the definition's `output` reads what is not there.
        """
        if self.plan.output is not None:
            defaults = {name: variable.default for name, variable in self.plan.variables.items()}
            ids = [node.id for node in self.plan.nodes]
            outlook = Outlook.of(self.plan.graph, self.plan.swallowers, ids)
            over: State = {**state, "tokens": ()}
            scope = RunScope(over, defaults, context or RunContext(), {}, outlook)
            return {name: bound.value(scope) for name, bound in self.plan.output.items()}
        graph = self.plan.graph
        leaves = [self.plan.nodes[leaf].id for leaf in self.plan.scopes[0].leaves(graph)]
        records = {leaf: state["nodes"].get(leaf) for leaf in leaves}
        return {
            leaf: record["output"]
            for leaf, record in records.items()
            if record is not None and record["status"] == "completed"
        }

    def show(self) -> None:
        """Print what was compiled."""
        print(show(self.plan))  # noqa: T201 - printing is what it is for


def compile_workflow(
    definition: Definition,
    registry: Registry | None = None,
    context: RunContext | None = None,
    slow: Collection[Work] = SLOW,
) -> CompiledWorkflow:
    """Compile a definition to a LangGraph graph.

    `context` is what runs get that bring none: the system's clock and the offline model by default.
    No branch waits for nodes of another one whose kind of work is `slow`; give all kinds where
    visits are to be stopped.

    Raises:
        DefinitionError: the definition has problems; it says all of them.
    """
    made = plan(definition, registry, slow)
    return CompiledWorkflow(made, lower(made, context or offline_context()))


def offline_context() -> RunContext:
    """A context that needs nothing from outside: the built-in model and the machine's clock."""
    return RunContext(
        chat_models=ScriptedChatModels(),
        waits=InterruptingWaits(),
        node_cache=MemoryNodeCache(MAX_REMEMBERED_BYTES, SystemClock()).of(""),
    )
