"""One person at one run: carries out commands."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import assert_never

from api.cli.debugger.answers import (
    lines_of_attempts,
    lines_of_events,
    lines_of_nodes,
    lines_of_tokens_and_waits,
    lines_of_values,
    lines_of_variables,
    lines_of_why,
    words_of,
)
from api.cli.debugger.commands import (
    SYNTAX,
    Attempts,
    Break,
    Change,
    Clear,
    Command,
    CommandError,
    Continue,
    Events,
    Help,
    Parting,
    Pause,
    Quit,
    RunTo,
    Select,
    Show,
    Skip,
    Step,
    StepOut,
    Topic,
    Why,
)
from api.cli.debugger.rest import is_at_rest
from api.cli.debugger.stopped import Stopped
from api.cli.debugger.subject import Subject, breakpoints_of
from services.domain.debug.breaking import unknown
from services.domain.events.stops import Going, Target
from services.domain.runs import RunStatus
from services.errors import RunIsOverError
from services.usecases.debugging import Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a command.

    `since` is the last entry of the run's log before it, where it lets something go on; `is_last`,
    that whoever asked wants no more.
    """

    lines: tuple[str, ...] = ()
    since: int | None = None
    is_last: bool = False


class Session:
    """Carries out the commands of a debugger."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._services = subject.services

    async def do(self, command: Command) -> Answer:
        """Carry out a command.

        Raises:
            CommandError: it cannot be done now.
            ServiceError: nor is it allowed.
        """
        match command:
            case Step() | StepOut() | Continue() | RunTo() | Skip():
                since = (await self.subject.run()).event_count
                await self._go(command)
                return Answer(since=since)
            case Pause():
                return await self._pause()
            case Change() | Break() | Clear() | Select():
                return _said(await self._set(command))
            case Show(topic):
                return _said(await self._shown(topic))
            case Why() | Attempts() | Events():
                return _said(await self._looked_up(command))
            case Help(name):
                return _said(s.line for s in SYNTAX if name in {None, s.name})
            case Quit(parting):
                return await self._part(parting)
            case _:
                assert_never(command)

    async def _go(self, command: Step | StepOut | Continue | RunTo | Skip) -> None:
        debugging = self._services.debugging
        match command:
            case Step(going, again):
                await self._step(going, again=again)
            case StepOut():
                stopped = await self._left()
                await debugging.step_out(stopped.run.run_id, stopped.where)
            case Continue():
                await self._continue()
            case RunTo(node_id):
                await debugging.run_to(await self.subject.run_meant(), node_id)
            case Skip(output):
                stopped = await self._left()
                await debugging.skip(stopped.run.run_id, stopped.where, output)
            case _:
                assert_never(command)

    async def _left(self) -> Stopped:
        """The visit that is meant, which is about to go on."""
        stopped = await self.subject.meant()
        self.subject.follow(stopped)
        return stopped

    async def _pause(self) -> Answer:
        before = await self.subject.run()
        await self.subject.pause()
        is_done = await is_at_rest(self._services, self.subject.run_id)
        lines = await self.subject.standing() if is_done else ()
        return Answer(lines=lines, since=None if is_done else before.event_count)

    async def _step(self, going: Going, *, again: bool) -> None:
        """Step the visit that is meant; where a paused run has none, what comes next stops."""
        if await self.subject.selected() is not None:
            stopped = await self._left()
            run_id = stopped.run.run_id
            await self._services.debugging.step(run_id, stopped.where, going, again=again)
        elif (await self.subject.run()).status is RunStatus.PAUSED and not again:
            await self._services.debugging.step(self.subject.run_id, None, going)
        else:
            await self.subject.meant()

    async def _continue(self) -> None:
        """Sub-runs come first: a run that goes on takes them with it."""
        for _, run in reversed(await self.subject.runs()):
            if run.debugging is not None or run.is_held:
                await self._services.debugging.go_on(run.id)

    async def _set(self, command: Change | Break | Clear | Select) -> list[str]:
        match command:
            case Change():
                return [await self._changed(command)]
            case Break(breakpoint_):
                new = replace(breakpoint_, id=await self._new_id())
                await self._services.breakpoints.put(await self.subject.run_meant(), new)
                return [words_of(new)]
            case Clear(breakpoint_id):
                await self._clear(breakpoint_id)
                return [f"breakpoint {breakpoint_id} is gone"]
            case Select(which):
                self.subject.select(_chosen(await self.subject.stops(), which))
                return list(await self.subject.standing())
            case _:
                assert_never(command)

    async def _changed(self, command: Change) -> str:
        stopped = await self.subject.meant()
        if command.target is Target.VARIABLE:
            given = Given(variables={command.name or "": command.value})
        else:
            given = Given(changes={command.target: command.value})
        await self._services.debugging.edit(stopped.run.run_id, stopped.where, given)
        what = f"value of {command.name!r}" if command.name else str(command.target)
        return f"{stopped.name} goes on with another {what}"

    async def _clear(self, breakpoint_id: str) -> None:
        known: list[str] = []
        for _, run in await self.subject.runs():
            ids = [breakpoint_.id for breakpoint_ in breakpoints_of(run)]
            if breakpoint_id in ids:
                await self._services.breakpoints.remove(run.id, breakpoint_id)
                return
            known += ids
        raise CommandError(
            f"no breakpoint {breakpoint_id!r}; there are {', '.join(known) or 'none'}"
        )

    async def _new_id(self) -> str:
        """The next number that no breakpoint has."""
        runs = [run for _, run in await self.subject.runs()]
        ids = (breakpoint_.id for run in runs for breakpoint_ in breakpoints_of(run))
        return str(max((int(each) for each in ids if each.isdecimal()), default=0) + 1)

    async def _shown(self, topic: Topic) -> Iterable[str]:
        match topic:
            case Topic.STOPS:
                chosen = await self.subject.selected()
                values = lines_of_values(chosen) if chosen is not None else ()
                return [*await self.subject.standing(), *values]
            case Topic.BREAKPOINTS:
                return await self.subject.lines_of_breakpoints() or [
                    "no breakpoints; `break NODE` sets one"
                ]
            case Topic.STATE:
                return lines_of_nodes(await self.subject.look())
            case Topic.VARIABLES:
                return lines_of_variables((await self.subject.look()).moment)
            case Topic.TOKENS:
                return lines_of_tokens_and_waits(await self.subject.look())
            case _:
                assert_never(topic)

    async def _looked_up(self, command: Why | Attempts | Events) -> Iterable[str]:
        look = await self.subject.look()
        match command:
            case Why(node_id):
                plan = await self._services.debugging.plans.of(look.moment.run)
                _must_be_one_of(node_id, [node.id for node in plan.nodes])
                return lines_of_why(plan, node_id, look.moment.nodes)
            case Attempts(node_id):
                lines = lines_of_attempts(node_id, look.moment.nodes)
                return [*lines] or ["no attempt has failed"]
            case Events(count):
                seq = max(look.head_seq - count, 0)
                frames = await self._services.log.frames(look.moment.run.id, seq, count)
                return lines_of_events(frames)
            case _:
                assert_never(command)

    async def _part(self, parting: Parting | None) -> Answer:
        since: int | None = None
        if parting is Parting.CANCEL:
            run = await self.subject.run()
            with suppress(RunIsOverError):  # it may come to its end at this very moment
                await self._services.runs.cancel(run.id, "cancelled in the debugger")
                since = run.event_count
        return Answer(since=since, is_last=True)


def _said(lines: Iterable[str]) -> Answer:
    return Answer(lines=tuple(lines))


def _chosen(stops: tuple[Stopped, ...], which: str) -> Stopped:
    """The stopped visit with this number, name, or node where it is the only one of it."""
    if which.isdecimal() and 0 < int(which) <= len(stops):
        return stops[int(which) - 1]
    found = [stopped for stopped in stops if stopped.name == which]
    found = found or [stopped for stopped in stops if stopped.stop.place.node_id == which]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{number} {stopped.name}" for number, stopped in enumerate(stops, 1))
    many = "several of" if found else "no"
    raise CommandError(f"{many} {which!r} has stopped, but {names or 'nothing'}")


def _must_be_one_of(node_id: str, known: list[str]) -> None:
    if node_id not in known:
        raise CommandError(unknown("node", node_id, known))
