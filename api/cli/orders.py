"""What is to be run: a file, a stored workflow, or a sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.cli.exits import UsageError
from api.cli.files import examine_file, problem_line
from api.cli.output.console import say
from api.samples import sample_documents, with_called
from services.bootstrap import Services
from services.errors import WorkflowNotFoundError
from services.providers.secrets import secrets_of
from services.settings import Settings
from workflow_compiler import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run: a document to be stored first, or the name of what is stored."""

    name: str
    document: Mapping[str, Any] | None
    run_input: Mapping[str, Any]


def order_of(
    target: str, run_input: Mapping[str, Any], registry: Registry, settings: Settings
) -> Order:
    """What the target stands for: a file, or else a name, which may be a sample's.

    Raises:
        BrokenFileError: the file's definition has errors.
        UsageError: the file cannot be read.
    """
    path = Path(target)
    if path.is_file():
        secrets = secrets_of(settings).of(settings.project)
        file = examine_file(path, registry, secrets)
        definition = file.sound()
        for problem in file.problems:
            say(problem_line(path, problem))
        return Order(name=definition.name, document=definition.canonical(), run_input=run_input)
    samples = sample_documents() if settings.samples else ()
    names = {sample.path.stem: sample.name for sample in samples}
    return Order(name=names.get(target, target), document=None, run_input=run_input)


async def workflow_of(services: Services, order: Order) -> str:
    """The stored workflow that is to run; a document, or a sample with those it runs, first.

    Raises:
        UsageError: there is no such workflow.
    """
    if order.document is not None:
        return (
            await services.workflows.publish(services.settings.project, order.document)
        ).version.workflow_id
    try:
        return (await services.workflows.find(services.settings.project, order.name)).id
    except WorkflowNotFoundError as error:
        samples = with_called(order.name) if services.settings.samples else ()
        stored = [
            await services.workflows.publish(services.settings.project, s.document) for s in samples
        ]
        if not stored:
            raise UsageError(f"{order.name!r} is neither a file nor a stored workflow") from error
        return stored[-1].version.workflow_id
