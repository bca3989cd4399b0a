"""The real `workflow` command in a folder of its own, for tests that use it as people do."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).parent / "workflow")


class Shell:
    """The command, run in a folder of its own."""

    def __init__(self, folder: Path, functions: str) -> None:
        self.folder = folder
        own = {k: v for k, v in os.environ.items() if not k.startswith(("WORKFLOW_", "COLUMNS"))}
        self.environment = own | {
            "WORKFLOW_FUNCTIONS": "shop_functions",
            "WORKFLOW_SAMPLES": "false",
            "PYTHONPATH": str(folder),
            "NO_COLOR": "1",
        }
        (folder / "shop_functions.py").write_text(functions)

    def file(self, name: str, document: dict[str, Any] | str) -> str:
        text = document if isinstance(document, str) else json.dumps(document)
        (self.folder / name).write_text(text)
        return name

    def __call__(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own command
            [COMMAND, *words],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @asynccontextmanager
    async def started(self, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            *words,
            cwd=self.folder,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()
