"""Carries streaming text to those who watch a run in another process than the one it is in.

No log has it, so it is said to all processes at once, and only while one of them says that somebody
watches there. Nobody waits for any of it: what does not arrive comes with the output of its visit.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final, TypeAlias

from typing_extensions import override

from services.domain.events.frames import Frame
from services.domain.events.vocabulary import Token
from services.lasting import Lasting
from services.live.tokens import frame_of, pieces
from services.live.topics import Topic, of_project, of_run

REPEAT_SECONDS: Final = 5.0
"""How often a process says again what is watched there."""

WANTED_SECONDS: Final = 3 * REPEAT_SECONDS
"""How long a process of which nothing is heard is thought to watch on."""

MESSAGE_BYTES: Final = 7_999
"""What PostgreSQL carries in one message."""

_TOPICS_AT_ONCE: Final = 50

_SAID: Final = "said"
_WATCHED: Final = "watched"
_WHO_WATCHES: Final = "who-watches"

Tell: TypeAlias = Callable[[Sequence[str]], None]
"""Says messages to all other processes, in order, soon or never; it waits for nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """Streaming text of a run that another process executes."""

    project_id: str
    frame: Frame


class Elsewhere:
    """What is watched here, and what in other processes.

    Outside of `speaking` nothing is said to anybody, so nobody else wants anything either.
    """

    def __init__(self) -> None:
        self._tell: Tell = _say_nothing
        self._here: set[Topic] = set()
        self._wanted: dict[Topic, float] = {}
        self._numbers = count()

    @asynccontextmanager
    async def speaking(self, tell: Tell) -> AsyncIterator[None]:
        """Say to other processes what concerns them for as long as the block lasts."""
        self._tell = tell
        self.ask()
        try:
            async with _Repeating(self._say_again):
                yield
        finally:
            self._tell = _say_nothing

    def ask(self) -> None:
        """Have the others say at once what is watched there: it may have been missed."""
        self._tell([_WHO_WATCHES])

    def begin(self, topic: Topic) -> None:
        """Somebody watches this here from now on."""
        self._here.add(topic)
        self._tell([_watched([topic])])

    def end(self, topic: Topic) -> None:
        """Nobody watches this here any more."""
        self._here.discard(topic)

    def wants(self, run_id: str, project_id: str) -> bool:
        """Whether somebody would see text of this run in another process."""
        now = time.monotonic()
        topics = (of_run(run_id), of_project(project_id))
        return any(self._wanted.get(topic, now) > now for topic in topics)

    def say(self, run_id: str, project_id: str, tokens: Iterable[Token]) -> None:
        """Say text of a run to whoever wants it; what no message can hold is left out."""
        if self.wants(run_id, project_id):
            frames = (frame_of(run_id, piece) for token in tokens for piece in pieces(token))
            said = [self._said(project_id, frame) for frame in frames]
            self._tell([message for message in said if len(message.encode()) <= MESSAGE_BYTES])

    def hear(self, message: str) -> Said | None:
        """Take in what another process says; the text that is to be shown here, if it is one."""
        kind, *rest = message.split("\n")
        if kind == _SAID:
            _, project_id, run_id, text = rest
            return Said(project_id, Frame(None, Token.type, text, run_id))
        if kind == _WATCHED:
            until = time.monotonic() + WANTED_SECONDS
            self._wanted |= {_topic(line): until for line in rest}
        elif kind == _WHO_WATCHES:
            self._say_watched()
        return None

    def _said(self, project_id: str, frame: Frame) -> str:
        """A message with a number: of equal ones in one transaction PostgreSQL carries one."""
        number = next(self._numbers)
        return f"{_SAID}\n{number}\n{project_id}\n{frame.run_id}\n{frame.text}"

    def _say_again(self) -> None:
        self._say_watched()
        now = time.monotonic()
        self._wanted = {topic: until for topic, until in self._wanted.items() if until > now}

    def _say_watched(self) -> None:
        topics = sorted(self._here)
        starts = range(0, len(topics), _TOPICS_AT_ONCE)
        self._tell([_watched(topics[start : start + _TOPICS_AT_ONCE]) for start in starts])


class _Repeating(Lasting):
    """Does something now and then."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__("elsewhere")
        self._do = work

    @override
    async def _work(self) -> None:
        while True:
            await asyncio.sleep(REPEAT_SECONDS)
            self._do()


def _watched(topics: Iterable[Topic]) -> str:
    return "\n".join((_WATCHED, *(f"{kind} {name}" for kind, name in topics)))


def _topic(line: str) -> Topic:
    kind, _, name = line.partition(" ")
    return (kind, name)


def _say_nothing(messages: Sequence[str]) -> None:
    """There is nobody to say it to."""
