"""What goes over a socket, as types: the client's messages are read, the server's are written."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias, assert_never

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from api.errors import JsonError
from api.live.told import Head, OfProject, OfRun, Resync, Told, Wanted
from api.strict_json import read_json
from services.domain.events.frames import Frame
from services.live.channels import ALL_CHANNELS, Channel

PROTOCOL: Final = "workflow.v1"
HEARTBEAT_SECONDS: Final = 20

Topic: TypeAlias = tuple[Literal["run_id", "project_id"], str]
"""What a subscription is to, in the wire's words."""

_Id = Annotated[str, Field(min_length=1, max_length=200)]
RunId = Annotated[_Id | None, Field(description="The run.")]
ProjectId = Annotated[_Id | None, Field(description="The project.")]
Echo = Annotated[Any, Field(description="What the client called its request, as it was.")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OfTopic(_Message):
    run_id: RunId = None
    project_id: ProjectId = None

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


class Auth(_Message):
    """Say who you are, before anything else, where no Authorization header can."""

    type: Literal["auth"]
    key: SecretStr = Field(description="An API key.", max_length=1_000)


class Subscribe(_OfTopic):
    """Show a run from some place of its log on, or all that a project's runs do from now on."""

    type: Literal["subscribe"]
    id: Echo = None
    after_seq: int = Field(
        0, ge=0, le=2**53, strict=True, description="The last seq that you have; of a run only."
    )
    channels: frozenset[Channel] = Field(
        ALL_CHANNELS, min_length=1, description="Only these kinds of events."
    )

    @model_validator(mode="after")
    def _place_in_a_log(self) -> Subscribe:
        if self.after_seq and self.run_id is None:
            msg = "'after_seq' is a place in the log of a run; a project has none"
            raise ValueError(msg)
        return self

    @property
    def wanted(self) -> Wanted:
        """What is to be shown."""
        name, value = self.topic
        if name == "run_id":
            return OfRun(value, self.after_seq, self.channels)
        return OfProject(value, channels=self.channels)


class Unsubscribe(_OfTopic):
    """Show it no more."""

    type: Literal["unsubscribe"]


class Ping(_Message):
    """Say that you are there."""

    type: Literal["ping"]


Message: TypeAlias = Auth | Subscribe | Unsubscribe | Ping

CLIENT_MESSAGES: Final[TypeAdapter[Message]] = TypeAdapter(
    Annotated[Message, Field(discriminator="type")]
)


class Hello(_Message):
    """The first thing that a client hears."""

    type: Literal["hello"] = "hello"
    protocol: str = Field(PROTOCOL, description="The version of the protocol.")
    heartbeat_seconds: int = Field(
        HEARTBEAT_SECONDS, description="Silence for two of these means that the line is dead."
    )


class Subscribed(_Message):
    """The subscription holds; events up to `head_seq` are replayed, what follows is live."""

    type: Literal["subscribed"] = "subscribed"
    id: Echo = None
    run_id: RunId = None
    project_id: ProjectId = None
    head_seq: int = Field(description="The last seq of the run's log; 0 of a project.")


class Resynced(_Message):
    """What you have of this is not what is there.

    Of a run: your place lay beyond its log; forget what you have after `from`. Of a project:
    events were missed (`from` is null); read the runs again that you show.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    type: Literal["resync"] = "resync"
    run_id: RunId = None
    project_id: ProjectId = None
    from_seq: int | None = Field(alias="from", description="The last seq that there is.")


class End(_Message):
    """The run's last event was sent."""

    type: Literal["end"] = "end"
    run_id: str = Field(description="The run.")


class Error(_Message):
    """One subscription is not to be had; or, without a topic, why the line ends now."""

    type: Literal["error"] = "error"
    id: Echo = None
    run_id: RunId = None
    project_id: ProjectId = None
    code: str = Field(description="What is wrong, as a stable word.")
    detail: str = Field(description="What is wrong, in a sentence.")


class Pong(_Message):
    """The answer to a ping."""

    type: Literal["pong"] = "pong"


SERVER_MESSAGES: Final = (Hello, Subscribed, Resynced, End, Error, Pong)
"""All but the events, which are text from the moment they happen."""


def read_message(text: str) -> Message:
    """What a client said.

    Raises:
        JsonError: it is no JSON, or no message of this protocol.
    """
    value = read_json(text.encode(errors="surrogatepass"))
    try:
        return CLIENT_MESSAGES.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "message"
        raise JsonError("bad-message", f"{place}: {first['msg']}") from error


def text_of(message: BaseModel) -> str:
    """A message as it is sent; what it does not say is left out."""
    return message.model_dump_json(exclude_none=True)


def told(request: Subscribe, item: Told) -> str:
    """What a subscriber is told."""
    match item:
        case Frame(text=text):
            return f'{{"type":"event","event":{text}}}'
        case Head(seq):
            return text_of(Subscribed(**_echo(request), head_seq=seq))
        case Resync(from_seq):
            return _resync(request, from_seq)
        case _:
            assert_never(item)


def refused(request: Subscribe, code: str, detail: str) -> str:
    """This one subscription is not to be had; the others go on."""
    return text_of(Error(**_echo(request), code=code, detail=detail))


def _resync(request: Subscribe, from_seq: int | None) -> str:
    name, value = request.topic
    resynced = Resynced(**{name: value}, from_seq=from_seq)
    return resynced.model_dump_json(include={"type", name, "from_seq"})


def _echo(request: Subscribe) -> dict[str, Any]:
    """What a client knows its request by."""
    name, value = request.topic
    return {name: value} if request.id is None else {"id": request.id, name: value}
