"""What each error that ends a command is to the terminal: some words, and an exit code."""

from __future__ import annotations

from api.cli.exits import Exit, UsageError
from api.cli.files import BrokenFileError, problem_line
from api.cli.output.console import say
from services.errors import (
    AnswerError,
    BreakpointError,
    InputError,
    ProjectError,
    ScheduleError,
    ServiceError,
    WebhookError,
)
from workflow_client import ClientError, ProblemError
from workflow_compiler import DefinitionError


def exit_of(error: Exception) -> Exit:
    """Say why the command failed.

    Raises:
        Exception: the error itself, when nobody expected it.
    """
    match error:
        case BrokenFileError(path=path, problems=problems):
            for problem in problems:
                say(problem_line(path, problem))
            return Exit.INVALID_DEFINITION
        case DefinitionError() | ProblemError(kind="invalid-definition"):
            say(str(error))
            return Exit.INVALID_DEFINITION
        case AnswerError():
            say(f"the answer does not fit the task's form:\n{error}")
            return Exit.USAGE
        case BreakpointError() | ProjectError() | ScheduleError() | WebhookError():
            say(str(error))
            return Exit.USAGE
        case InputError():
            say(f"the input does not fit the workflow; give it with --input:\n{error}")
            return Exit.USAGE
        case UsageError() | ServiceError() | ClientError():
            say(str(error))
            return Exit.USAGE
        case _:
            raise error
