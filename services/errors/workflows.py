"""What can go wrong with projects, workflows and their versions."""

from __future__ import annotations

from services.errors.base import ConflictError, InputError, NotFoundError


class ProjectNotFoundError(NotFoundError):
    """No project has this id."""

    def __init__(self, project_id: str) -> None:
        super().__init__("project", project_id)


class ProjectExistsError(ConflictError):
    """Another project has this id."""

    def __init__(self, project_id: str) -> None:
        self.project_id = project_id
        super().__init__(f"there is a project {project_id!r} already")


class ProjectError(InputError):
    """A project cannot be called like this."""


class WorkflowNotFoundError(NotFoundError):
    """The project has no workflow with this id or name."""

    def __init__(self, workflow_id: str) -> None:
        super().__init__("workflow", workflow_id)


class WorkflowNameTakenError(ConflictError):
    """Another workflow of the project has this name."""

    def __init__(self, project_id: str, name: str) -> None:
        self.project_id = project_id
        self.name = name
        super().__init__(
            f"project {project_id!r} has a workflow {name!r}; "
            "publish a new version of it or choose another name"
        )


class VersionNotFoundError(NotFoundError):
    """The workflow has no version with this number."""

    def __init__(self, workflow_id: str, version: int) -> None:
        self.workflow_id = workflow_id
        self.version = version
        super().__init__("version", f"{workflow_id}@{version}")


class StaleVersionError(ConflictError):
    """Somebody else published a version since this one was read."""

    def __init__(self, workflow_id: str, expected: int, head: int) -> None:
        self.workflow_id = workflow_id
        self.expected = expected
        self.head = head
        super().__init__(
            f"workflow {workflow_id!r} is at version {head}, not {expected}; read it again"
        )
