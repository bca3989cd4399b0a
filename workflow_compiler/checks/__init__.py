"""Validation: every rule over a definition, all problems at once."""

from workflow_compiler.checks.bound import BoundEdge, BoundNode
from workflow_compiler.checks.examine import Examined, examine
from workflow_compiler.checks.subject import Subject

__all__ = ["BoundEdge", "BoundNode", "Examined", "Subject", "examine"]
