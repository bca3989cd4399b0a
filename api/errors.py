"""What can be wrong with a request before any use case is asked, as types.

RequestError
├── BodyTooLargeError        more bytes than any request needs
├── BodyTooSlowError         a body that does not come to its end
├── MediaTypeError           a body that is not JSON
├── JsonError                a body or a frame that is no JSON, or JSON that nobody should accept
├── ForeignOriginError       a page of another site asks
├── UnknownHostError         the request was meant for another server name
├── TooManyRequestsError     somebody asks more often than they may
├── PreconditionMissingError a change without `If-Match`
├── PreconditionFailedError  `If-Match` names what no GET has ever given
├── UnknownAssistantError    a LangGraph client wants a run of a workflow that is not there
├── UnknownCheckpointError   a LangGraph client names a moment that a thread has never had
├── UnknownEventError        a LangGraph client goes on behind an event that a run does not have
├── NothingActiveError       a LangGraph client cancels what has ended
├── UnsupportedError         a LangGraph client asks for what is not to be had here
└── AbsentError              a LangGraph client uses a part of that server that is not here
"""

from __future__ import annotations

import math


class RequestError(Exception):
    """Everything that is wrong with a request as such."""


class BodyTooLargeError(RequestError):
    """The body is larger than any request needs."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"the body is larger than {limit:,} bytes")


class BodyTooSlowError(RequestError):
    """The body has not come to its end in the time that any network needs."""

    def __init__(self, limit_seconds: float) -> None:
        self.limit_seconds = limit_seconds
        super().__init__(f"the body was not there after {limit_seconds:g} s")


class MediaTypeError(RequestError):
    """The body is not sent as JSON."""

    def __init__(self, media_type: str) -> None:
        self.media_type = media_type
        super().__init__(f"the body is {media_type!r}; send it as 'application/json'")


class JsonError(RequestError):
    """A text is no JSON, or JSON of a kind that means something else to each reader."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(detail)


class ForeignOriginError(RequestError):
    """A page of another site asks in the name of whoever looks at it."""

    def __init__(self, origin: str, host: str) -> None:
        self.origin = origin
        super().__init__(f"a page of {origin!r} may not talk to {host!r}")


class UnknownHostError(RequestError):
    """The request names a server that this is not: DNS was bent, or a proxy is set up wrongly."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"this server is not {host!r}; use its own address, or name it in WORKFLOW_HOSTS"
        )


class TooManyRequestsError(RequestError):
    """Somebody asks more often than they may."""

    def __init__(self, retry_after: float) -> None:
        self.retry_after = max(1, math.ceil(retry_after))
        super().__init__(f"too many requests; come back in {self.retry_after} s")


class PreconditionMissingError(RequestError):
    """A change must say which state it was made from."""

    def __init__(self) -> None:
        super().__init__("send the ETag that you read as 'If-Match', or '*' to overwrite")


class PreconditionFailedError(RequestError):
    """The state that a change was made from never was."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        super().__init__(f"If-Match: {tag!r} is no ETag of a workflow; read it again")


class UnknownAssistantError(RequestError):
    """A run was asked for of a workflow that is not there."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no assistant {name!r}: no workflow of the project has this id or name")


class UnknownCheckpointError(RequestError):
    """The thread has no such checkpoint."""

    def __init__(self, checkpoint_id: str) -> None:
        self.checkpoint_id = checkpoint_id
        super().__init__(f"the thread has no checkpoint {checkpoint_id!r}")


class UnknownEventError(RequestError):
    """The log of the run has no such event, so nobody knows what comes after it."""

    def __init__(self, event_id: str, head: int) -> None:
        self.event_id = event_id
        super().__init__(
            f"Last-Event-ID: {event_id!r} is no event of the run; its log ends at {head}, "
            "and -1 is before all of it"
        )


class NothingActiveError(RequestError):
    """What was to be cancelled has ended."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"run {run_id!r} is over, there is nothing to cancel")


class UnsupportedError(RequestError):
    """A wish that the service does not carry out, and does not ignore either."""

    def __init__(self, pointer: str, why: str) -> None:
        self.pointer = pointer
        self.detail = why
        super().__init__(f"{pointer}: {why}")


class AbsentError(RequestError):
    """A part of LangGraph's server that this one does not have; `instead` is what it has."""

    def __init__(self, what: str, instead: str) -> None:
        self.what = what
        self.instead = instead
        super().__init__(f"{what} is not to be had here: {instead}")
