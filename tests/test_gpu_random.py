"""Random programs give the same on the device and in Python, thread by thread."""

import pytest
from random_kernels import SHAPES, disagreement


@pytest.mark.parametrize("number, block", list(enumerate(SHAPES[:8])), ids=str)
def test_random_programs_agree_with_python(device, number, block):
    found = disagreement(range(5 * number, 5 * number + 5), block, n=number)
    assert found is None, found
