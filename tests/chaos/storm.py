"""A storm: what is done to the workers and to the database while runs are on their way.

All that is left to chance comes from a seed. When things happen depends on the machine as well, so
a seed says what a storm does and not how it ends; the story tells both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Protocol

from tests.chaos.crew import Worker
from workflow_compiler.ports import WallClock


class Blow(StrEnum):
    """What may happen to a worker, or to the database under all of them."""

    KILL = "kill"
    STAND_STILL = "stand still"
    LEAVE = "leave"
    PART = "part"
    CUT = "cut"
    RESTART = "restart"


ON_ANY_DATABASE = (Blow.KILL, Blow.KILL, Blow.STAND_STILL, Blow.STAND_STILL, Blow.LEAVE)
ON_A_SERVER = (*ON_ANY_DATABASE, Blow.PART, Blow.CUT, Blow.RESTART)


class Line(Protocol):
    """The way from a worker to its server."""

    async def part(self, seconds: float) -> None:
        """Carry nothing for a while, and then all that was said."""

    async def cut(self) -> None:
        """End all connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What a storm is like: its blows come after pauses of so many seconds at most."""

    blows: Sequence[Blow]
    count: int
    longest_pause: float
    lease_seconds: float


@dataclass
class Tale:
    """What happened when, to be read when a storm has broken something."""

    clock: WallClock
    lines: list[str] = field(default_factory=list)

    def tell(self, line: str) -> None:
        """Add a line, with the moment."""
        self.lines.append(f"{self.clock.now():%H:%M:%S.%f} {line}")

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """Strikes workers and database; blows overlap, but for those that strike the same one.

    When it is over nobody is down. `restart` begins the database anew.
    """

    chance: Random
    weather: Weather
    workers: Sequence[Worker]
    lines: Sequence[Line]
    restart: Callable[[], Awaitable[None]]
    tale: Tale

    async def rage(self) -> None:
        """Let it all happen."""
        turns = {worker.number: asyncio.Lock() for worker in self.workers}
        database = asyncio.Lock()
        async with asyncio.TaskGroup() as blows:
            for blow in self._blows():
                await asyncio.sleep(self.chance.uniform(0.1, self.weather.longest_pause))
                worker = self.chance.choice(self.workers)
                too_long = self.weather.lease_seconds + self.chance.uniform(0.5, 1.5)
                turn = database if blow is Blow.RESTART else turns[worker.number]
                blows.create_task(self._strike(blow, worker, too_long, turn))

    def _blows(self) -> list[Blow]:
        """Each kind at least once if there is room for it, in any order."""
        kinds = list(dict.fromkeys(self.weather.blows))
        more = max(0, self.weather.count - len(kinds))
        drawn = kinds + self.chance.choices(self.weather.blows, k=more)
        return self.chance.sample(drawn, self.weather.count)

    async def _strike(
        self, blow: Blow, worker: Worker, too_long: float, turn: asyncio.Lock
    ) -> None:
        async with turn:
            self.tale.tell(f"{blow}: worker {worker.number} ({worker.pid})")
            match blow:
                case Blow.KILL:
                    await worker.kill()
                    await worker.begin_again()
                case Blow.STAND_STILL:
                    with worker.standing_still():
                        await asyncio.sleep(too_long)
                case Blow.LEAVE:
                    await worker.leave()
                    await worker.begin_again()
                case Blow.PART:
                    await self.lines[worker.number].part(too_long)
                case Blow.CUT:
                    await self.lines[worker.number].cut()
                case Blow.RESTART:
                    await self.restart()
            self.tale.tell(f"{blow}: over, worker {worker.number} is {worker.pid}")
