"""Rules about how nodes are run: settings without effect, workflows that run themselves."""

from __future__ import annotations

from collections.abc import Iterator

from workflow_compiler.checks.bound import BoundNode
from workflow_compiler.checks.subject import Subject
from workflow_compiler.errors import Problem, Severity
from workflow_compiler.registry import Work


def useless_timeouts(subject: Subject) -> Iterator[Problem]:
    """A timeout can stop only what waits for something."""
    for bound in subject.nodes:
        if bound.node.timeout_seconds is not None and _works_by(bound, Work.COMPUTING):
            yield Problem(
                code="timeout-without-effect",
                message=f"the type {bound.node.type!r} computes at once, so no timer can stop it",
                pointer=f"{bound.pointer}/timeout_seconds",
                severity=Severity.WARNING,
                node_id=bound.node.id,
                hint="leave 'timeout_seconds' out",
            )


def useless_caches(subject: Subject) -> Iterator[Problem]:
    """Only what asks the world is worth remembering."""
    for bound in subject.nodes:
        if bound.node.cache is not None and _works_by(bound, Work.COMPUTING, Work.WAITING):
            yield Problem(
                code="cache-without-effect",
                message=f"results of the type {bound.node.type!r} are never used again",
                pointer=f"{bound.pointer}/cache",
                severity=Severity.WARNING,
                node_id=bound.node.id,
                hint="leave 'cache' out; it is for nodes that ask models, servers and functions",
            )


def useless_retries(subject: Subject) -> Iterator[Problem]:
    """Another attempt helps only where it may end otherwise."""
    for bound in subject.nodes:
        if bound.node.retry is not None and bound.type is not None and not bound.type.retried:
            yield Problem(
                code="retry-without-effect",
                message=f"another attempt of the type {bound.node.type!r} would end the same way",
                pointer=f"{bound.pointer}/retry",
                severity=Severity.WARNING,
                node_id=bound.node.id,
                hint="leave 'retry' out; put it on the node that may fail",
            )


def recursive_workflows(subject: Subject) -> Iterator[Problem]:
    """A workflow does not run itself; longer circles are found when they are run."""
    name = subject.definition.name
    for bound in subject.nodes:
        config = bound.config.static if bound.config else None
        if bound.type and config and bound.type.calls(config) == name:
            yield Problem(
                code="recursive-workflow",
                message=f"the workflow {name!r} would run itself, and that one itself again",
                pointer=f"{bound.pointer}/config",
                node_id=bound.node.id,
                hint="repeat a part of a workflow with a loop",
            )


RULES = (useless_timeouts, useless_caches, useless_retries, recursive_workflows)


def _works_by(bound: BoundNode, *kinds: Work) -> bool:
    return bound.type is not None and bound.type.work in kinds
