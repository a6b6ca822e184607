"""Fixtures that several files of tests use."""

from gpu_device import device, glass  # noqa: F401
