"""`human`, `timer`, `wait_event`: nodes that wait durably, through the run's `Waits` port."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, JsonValue

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.json_schema import mismatches, schema_fault
from workflow_compiler.ports import NodeContext
from workflow_compiler.registry import Fault, NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language
from workflow_compiler.waiting import HumanTask, Signal, Timer


class HumanConfig(NodeConfig):
    """Config of `human`."""

    prompt: str = Field(description="What the person is asked.")
    form: Annotated[dict[str, JsonValue], Language.LITERAL] = Field(
        default_factory=dict, description="JSON Schema of the answer; anything when empty."
    )
    assignee: str | None = Field(None, description="Who is asked; everybody when absent.")
    due_seconds: float | None = Field(
        None, gt=0, description="Without an answer by then the node fails with TIMEOUT."
    )


async def _ask(config: HumanConfig, context: NodeContext) -> Any:
    task = HumanTask(
        prompt=config.prompt,
        form=config.form,
        assignee=config.assignee,
        due_seconds=config.due_seconds,
    )
    answer = await context.run.waits.answer(task, context)
    if found := mismatches(config.form, answer):
        places = "; ".join(f"{wrong.pointer or '/'}: {wrong.message}" for wrong in found)
        raise NodeError(ErrorType.VALIDATION, f"the answer breaks the form: {places}")
    return answer


def _form_faults(config: HumanConfig) -> tuple[Fault, ...]:
    why = schema_fault(config.form)
    return () if why is None else (Fault(code="invalid-schema", message=why, pointer="/form"),)


HUMAN = NodeType(
    name="human",
    description="Asks a person and waits for the answer, which is its output.",
    config=HumanConfig,
    behaviour=_ask,
    work=Work.WAITING,
    retried=False,
    review=_form_faults,
)


class TimerConfig(NodeConfig):
    """Config of `timer`: one of the two."""

    seconds: float | None = Field(None, ge=0, description="How long to wait.")
    until: datetime | None = Field(
        None, description="Until when to wait: ISO 8601 with a time zone."
    )


async def _sleep(config: TimerConfig, context: NodeContext) -> None:
    if (config.seconds is None) == (config.until is None):
        raise NodeError(ErrorType.VALIDATION, _ONE_OF_THEM)
    if config.until is not None and config.until.tzinfo is None:
        raise NodeError(ErrorType.VALIDATION, _NO_ZONE)
    await context.run.waits.answer(Timer(until=config.until, seconds=config.seconds), context)


_ONE_OF_THEM = "a timer takes one of 'seconds' and 'until'"
_NO_ZONE = "'until' needs a time zone, such as 2026-12-24T18:00:00Z"


def _time_faults(config: TimerConfig) -> tuple[Fault, ...]:
    if (config.seconds is None) == (config.until is None):
        return (Fault(code="invalid-config", message=_ONE_OF_THEM, pointer=""),)
    if config.until is not None and config.until.tzinfo is None:
        return (Fault(code="invalid-config", message=_NO_ZONE, pointer="/until"),)
    return ()


TIMER = NodeType(
    name="timer",
    description="Waits for a while or until a moment.",
    config=TimerConfig,
    behaviour=_sleep,
    work=Work.WAITING,
    retried=False,
    review=_time_faults,
)


class WaitEventConfig(NodeConfig):
    """Config of `wait_event`."""

    name: str = Field(min_length=1, max_length=200, description="What the signal is called.")
    key: str = Field("", max_length=200, description="Which of those it is meant for.")
    timeout_seconds: float | None = Field(
        None, gt=0, description="Without a signal by then the node fails with TIMEOUT."
    )


async def _listen(config: WaitEventConfig, context: NodeContext) -> Any:
    signal = Signal(name=config.name, key=config.key, timeout_seconds=config.timeout_seconds)
    return await context.run.waits.answer(signal, context)


WAIT_EVENT = NodeType(
    name="wait_event",
    description="Waits for a signal from outside; its payload is the output.",
    config=WaitEventConfig,
    behaviour=_listen,
    work=Work.WAITING,
    retried=False,
)
