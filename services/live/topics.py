"""What can be watched: a run, or all runs of a project."""

from __future__ import annotations

from typing import Final, TypeAlias

Topic: TypeAlias = tuple[str, str]
"""What kind of thing it is, and its id."""

RUN: Final = "run"
PROJECT: Final = "project"


def of_run(run_id: str) -> Topic:
    """One run."""
    return (RUN, run_id)


def of_project(project_id: str) -> Topic:
    """All runs of a project."""
    return (PROJECT, project_id)
