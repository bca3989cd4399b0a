"""What goes over a socket: the client's messages as types, the server's as text."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import to_json

from api.errors import JsonError
from api.strict_json import read_json
from services.domain.frames import Frame

PROTOCOL: Final = "workflow.v1"
HEARTBEAT_SECONDS: Final = 20

Topic: TypeAlias = tuple[Literal["run_id", "project_id"], str]
"""What a subscription is to, in the wire's words."""

_Id = Annotated[str, Field(min_length=1, max_length=200)]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OfTopic(_Message):
    run_id: _Id | None = None
    project_id: _Id | None = None

    @model_validator(mode="after")
    def _one_topic(self) -> _OfTopic:
        if (self.run_id is None) == (self.project_id is None):
            msg = "name either a 'run_id' or a 'project_id'"
            raise ValueError(msg)
        return self

    @property
    def topic(self) -> Topic:
        """The run or the project."""
        if self.run_id is not None:
            return ("run_id", self.run_id)
        return ("project_id", self.project_id or "")


class Subscribe(_OfTopic):
    """Show a run from some place of its log on, or all that a project's runs do from now on."""

    type: Literal["subscribe"]
    id: Any = None
    after_seq: int = Field(0, ge=0, le=2**53)


class Unsubscribe(_OfTopic):
    """Show it no more."""

    type: Literal["unsubscribe"]


class Ping(_Message):
    """Say that you are there."""

    type: Literal["ping"]


Message: TypeAlias = Subscribe | Unsubscribe | Ping

_MESSAGES: Final[TypeAdapter[Message]] = TypeAdapter(
    Annotated[Message, Field(discriminator="type")]
)


def read_message(text: str) -> Message:
    """What a client said.

    Raises:
        JsonError: it is no JSON, or no message of this protocol.
    """
    value = read_json(text.encode(errors="surrogatepass"))
    try:
        return _MESSAGES.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "message"
        raise JsonError("bad-message", f"{place}: {first['msg']}") from error


def hello() -> str:
    """The first thing that a client hears."""
    return _text({"type": "hello", "protocol": PROTOCOL, "heartbeat_seconds": HEARTBEAT_SECONDS})


def pong() -> str:
    """The answer to a ping."""
    return _text({"type": "pong"})


def subscribed(request: Subscribe, head_seq: int) -> str:
    """The subscription holds; events up to `head_seq` are replayed, what follows is live."""
    return _text({"type": "subscribed", **_echo(request), "head_seq": head_seq})


def refused(request: Subscribe, code: str, detail: str) -> str:
    """This one subscription is not to be had; the others go on."""
    return _text({"type": "error", **_echo(request), "code": code, "detail": detail})


def event(frame: Frame) -> str:
    """One event; its text goes out as it was made."""
    return f'{{"type":"event","event":{frame.text}}}'


def end(run_id: str) -> str:
    """The run's last event was sent."""
    return _text({"type": "end", "run_id": run_id})


def error(code: str, detail: str) -> str:
    """The client broke the protocol; the line ends."""
    return _text({"type": "error", "code": code, "detail": detail})


def _echo(request: Subscribe) -> dict[str, Any]:
    """What a client knows its request by."""
    name, value = request.topic
    return {name: value} if request.id is None else {"id": request.id, name: value}


def _text(message: dict[str, Any]) -> str:
    return to_json(message).decode()
