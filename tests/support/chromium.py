"""A real browser for tests: the one that is here, or the distribution's, installed first."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A browser under test talks to the server under test and to nobody else."""


@cache
def chromium() -> str:
    """The path of a Chromium.

    Raises:
        RuntimeError: there is none and none can be installed; the tests fail, they do not skip.
    """
    return _installed() or _newly_installed()


def arguments() -> list[str]:
    """How to start it; inside a container the superuser has no sandbox."""
    return [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def _installed() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _newly_installed() -> str:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        msg = "the browser tests need Chromium: install it, for example apt-get install chromium"
        raise RuntimeError(msg)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "chromium"]):
        subprocess.run(command, check=True, env=environment, capture_output=True)  # noqa: S603
    path = _installed()
    if path is None:
        msg = "apt-get installed chromium, but it is not to be found"
        raise RuntimeError(msg)
    return path
