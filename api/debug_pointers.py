"""Says what is wrong with breakpoints and pins by its place in the body that somebody sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from services.errors import BreakpointError, InputProblem, PinError


@contextmanager
def pointing(place: str, without: str = "", *, pins: str = "/pins") -> Iterator[None]:
    """Have pointers into a list of breakpoints lead into the body, where the list is at `place`.

    `without` is what they begin with where the body holds no list; `pins` is the place of pins.

    Raises:
        BreakpointError: the same, with those pointers.
        PinError: likewise.
    """
    try:
        yield
    except BreakpointError as error:
        raise BreakpointError(_moved(error.problems, place, without)) from error
    except PinError as error:
        raise PinError(_moved(error.problems, pins, "")) from error


def _moved(problems: Sequence[InputProblem], place: str, without: str) -> list[InputProblem]:
    return [replace(p, pointer=place + p.pointer.removeprefix(without)) for p in problems]
