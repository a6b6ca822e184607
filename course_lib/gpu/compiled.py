"""What NVRTC makes of a source, once: PTX, which both devices read, and machine code, which the real GPU runs."""

import hashlib
from pathlib import Path

from course_lib.gpu import nvrtc
from course_lib.gpu.glass.compiler import cached, cached_text, write_whole


def ptx(source: str, filename: str, options: tuple[str, ...], names: tuple[str, ...]) -> str:
    """As nvrtc.ptx."""

    def make():
        return nvrtc.ptx(source, filename, options, names=names)

    return cached_text(_key("assembled ptx", source, filename, options, names), make) if _alone(source) else make()


def cubin(source: str, filename: str, options: tuple[str, ...], names: tuple[str, ...], target: str) -> Path:
    """The file with the machine code for an architecture such as "sm_90a", named after what is in it."""

    def make():
        return nvrtc.cubin(source, filename, options, target, names)

    code = None if _alone(source) else make()
    name = hashlib.sha256(code or "\n".join(_key(target, source, filename, options, names)).encode())

    return cached(f"{name.hexdigest()[:40]}.cubin", lambda path: write_whole(path, code or make()))


def _alone(source) -> bool:
    """A cache knows the source, not what it includes."""
    return '#include "' not in source


def _key(what, source, filename, options, names):
    return [what, source, filename, nvrtc.PTX_TARGET, *options, "names", *names, nvrtc.identity()]
