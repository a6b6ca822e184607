"""Which sandboxes this machine has; tests that need one are skipped where there is none.

TEST_SANDBOX=landlock makes it the only one, as where bubblewrap is not installed.
"""

import os

import pytest

INSTALL = "neither bubblewrap nor Landlock runs here; install bubblewrap, or use a kernel of Linux 6.7 or later"


def _there(mode):
    if os.name != "posix":
        return False
    from course_lib.grading import sandboxed

    sandboxed.MODES = (os.environ["TEST_SANDBOX"],) if "TEST_SANDBOX" in os.environ else sandboxed.MODES
    try:
        return sandboxed.choose(mode) == mode
    except sandboxed.SandboxError:
        return False


THERE = {mode: _there(mode) for mode in ("bubblewrap", "landlock")}
SANDBOXES = [
    pytest.param(mode, marks=pytest.mark.skipif(not there, reason=f"{mode} does not run here"))
    for mode, there in THERE.items()
]
needs_sandbox = pytest.mark.skipif(not any(THERE.values()), reason=f"marks need a sandbox: {INSTALL}")
