"""Fixtures that several files of tests use."""

from gpu_device import check, device, glass, module  # noqa: F401
