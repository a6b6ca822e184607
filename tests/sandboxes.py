"""Which sandboxes this machine has; tests that need one are skipped where there is none."""

import os

import pytest


def _there(mode):
    if os.name != "posix":
        return False
    from course_lib.grading import sandboxed

    try:
        return sandboxed.choose(mode) == mode
    except sandboxed.SandboxError:
        return False


THERE = {mode: _there(mode) for mode in ("bubblewrap", "landlock")}
SANDBOXES = [
    pytest.param(mode, marks=pytest.mark.skipif(not there, reason=f"{mode} does not run here"))
    for mode, there in THERE.items()
]
needs_sandbox = pytest.mark.skipif(not any(THERE.values()), reason="neither bubblewrap nor Landlock runs here")
