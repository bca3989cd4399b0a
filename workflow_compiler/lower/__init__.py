"""Plan to LangGraph: loops over the plan that decide nothing."""

from workflow_compiler.lower.failures import NodeFailedError
from workflow_compiler.lower.graph import initial_state, lower, node_name, run_config, run_limiter

__all__ = ["NodeFailedError", "initial_state", "lower", "node_name", "run_config", "run_limiter"]
