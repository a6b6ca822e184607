"""Random programs give the same on the device and in Python, thread by thread."""

from gpu_device import at_once
from random_kernels import SHAPES, disagreement


def test_random_programs_agree_with_python(device):
    cases = [(range(5 * n, 5 * n + 5), block, 2, n) for n, block in enumerate(SHAPES[:8])]
    found = [text for text in at_once(disagreement, cases) if text]
    assert not found, "\n".join(found)
