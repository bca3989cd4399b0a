"""Spreads frames to those who watch, within this process. It keeps nothing and waits for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, overload

from services.domain.events.frames import Frame
from services.domain.events.vocabulary import Token
from services.live.elsewhere import Elsewhere
from services.live.subscription import CAPACITY, Subscription
from services.live.tokens import frame_of, join
from services.live.topics import PROJECT, Topic, of_project, of_run

TOKEN_WINDOW_SECONDS: Final = 0.05
"""Pieces of text that come within this time are shown as one."""

SILENCE_SECONDS: Final = 1.0
"""Another process may have written, and SQLite cannot say so. It costs one small query a second,
only for runs that somebody watches and that go on."""


@dataclass(slots=True)
class _Tokens:
    """The tokens of one run that wait for their window to end."""

    project_id: str
    timer: asyncio.TimerHandle
    tokens: list[Token] = field(default_factory=list)


class Hub:
    """Takes frames from the journal and gives them to the subscriptions of a run or a project.

    After `silence_seconds` without a frame a reader looks at the log by itself: it says how far the
    hub is to be trusted to hear of what other processes write.
    """

    def __init__(
        self,
        token_window_seconds: float = TOKEN_WINDOW_SECONDS,
        capacity: int = CAPACITY,
        silence_seconds: float = SILENCE_SECONDS,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.silence_seconds = silence_seconds
        self._elsewhere = elsewhere or Elsewhere()
        self._capacity = capacity
        self._token_window_seconds = token_window_seconds
        self._subscriptions: dict[Topic, set[Subscription]] = {}
        self._tokens: dict[str, _Tokens] = {}

    def publish(self, run_id: str, project_id: str, frames: Sequence[Frame]) -> None:
        """Show frames of a run, after the tokens that came before them."""
        self.show_tokens(run_id)
        self._spread(run_id, project_id, frames)

    def publish_token(self, run_id: str, project_id: str, token: Token) -> None:
        """Show a piece of streaming text, soon and together with its neighbours."""
        if not self._is_shown(run_id, project_id):
            return
        if run_id not in self._tokens:
            timer = asyncio.get_running_loop().call_later(
                self._token_window_seconds, self.show_tokens, run_id
            )
            self._tokens[run_id] = _Tokens(project_id, timer)
        self._tokens[run_id].tokens.append(token)

    def show_tokens(self, run_id: str) -> None:
        """Show what waits of the text of a run now: what follows on it is about to be written."""
        if (waiting := self._tokens.pop(run_id, None)) is not None:
            waiting.timer.cancel()
            tokens = join(waiting.tokens)
            frames = [frame_of(run_id, token) for token in tokens]
            self._spread(run_id, waiting.project_id, frames)
            self._elsewhere.say(run_id, waiting.project_id, tokens)

    def hear(self, message: str) -> None:
        """Show what another process says of its runs to those who watch them here."""
        if (said := self._elsewhere.hear(message)) is not None:
            self._spread(said.frame.run_id, said.project_id, [said.frame])

    @overload
    def subscribe(self, *, run_id: str) -> AbstractAsyncContextManager[Subscription]: ...

    @overload
    def subscribe(self, *, project_id: str) -> AbstractAsyncContextManager[Subscription]: ...

    @asynccontextmanager
    async def subscribe(
        self, *, run_id: str | None = None, project_id: str | None = None
    ) -> AsyncIterator[Subscription]:
        """All that is published while the block lasts: of one run, or of a project's runs."""
        topic = of_project(project_id) if project_id is not None else of_run(run_id or "")
        subscription = Subscription(self._capacity)
        if topic not in self._subscriptions:
            self._elsewhere.begin(topic)
        self._subscriptions.setdefault(topic, set()).add(subscription)
        try:
            yield subscription
        finally:
            self._forget(topic, subscription)

    def is_watched(self, run_id: str) -> bool:
        """Whether somebody would see a frame of this run, as far as one can tell without it."""
        kinds = {kind for kind, _ in self._subscriptions}
        return of_run(run_id) in self._subscriptions or PROJECT in kinds

    def lose_track(self) -> None:
        """Have every reader look for itself, and ask who watches: it may all have been missed."""
        self._elsewhere.ask()
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.lose_track()

    def _forget(self, topic: Topic, subscription: Subscription) -> None:
        watchers = self._subscriptions[topic]
        watchers.discard(subscription)
        if not watchers:
            del self._subscriptions[topic]
            self._elsewhere.end(topic)

    def _is_shown(self, run_id: str, project_id: str) -> bool:
        is_watched = any(self._watchers(run_id, project_id))
        return is_watched or self._elsewhere.wants(run_id, project_id)

    def _watchers(self, run_id: str, project_id: str) -> Iterator[Subscription]:
        yield from self._subscriptions.get(of_run(run_id), ())
        yield from self._subscriptions.get(of_project(project_id), ())

    def _spread(self, run_id: str, project_id: str, frames: Iterable[Frame]) -> None:
        for subscription in self._watchers(run_id, project_id):
            subscription.offer(frames)
