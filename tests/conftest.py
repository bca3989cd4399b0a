"""What every test needs: no test talks to a tracing service, whatever the machine is set to."""

from __future__ import annotations

import os

os.environ["LANGSMITH_TRACING"] = "false"
for name in [name for name in os.environ if name.startswith("WORKFLOW_")]:
    del os.environ[name]
