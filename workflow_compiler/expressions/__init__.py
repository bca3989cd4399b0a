"""Expressions and templates: two small languages over JSON values, bounded by construction.

An expression (`classify.output.score >= 0.8`) and a template (`Dear {{ input.name }}`) are
compiled once, against the names that are legal where they stand, and evaluated many times.
"""

from workflow_compiler.expressions.errors import EvaluationError, ExpressionSyntaxError
from workflow_compiler.expressions.expression import Expression, compile_expression
from workflow_compiler.expressions.names import Names, Scope
from workflow_compiler.expressions.templates import Template, compile_template, is_template

__all__ = [
    "EvaluationError",
    "Expression",
    "ExpressionSyntaxError",
    "Names",
    "Scope",
    "Template",
    "compile_expression",
    "compile_template",
    "is_template",
]
