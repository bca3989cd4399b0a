"""How many visits one run may make, over all the graphs and bodies that it consists of."""

from __future__ import annotations

import math

from workflow_compiler.errors import StepLimitError
from workflow_compiler.trace import within


class Steps:
    """Counts the visits of one run; every one of its contexts carries the same counter."""

    def __init__(self, limit: float = math.inf) -> None:
        self._limit = limit
        self._taken = 0

    def take(self, node_id: str, path: str) -> None:
        """Count a visit of this node that is about to begin.

        Raises:
            StepLimitError: the run has made as many as it may.
        """
        if self._taken >= self._limit:
            raise StepLimitError(within(path, node_id), node_id, int(self._limit))
        self._taken += 1
