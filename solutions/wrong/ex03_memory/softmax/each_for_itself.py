"""Every thread now finds maximum and sum for itself, and reads the whole row from global memory twice."""


def softmax_fault():
    """(kind, line): what is wrong with broken_softmax."""
    return "race", 12


softmax_kernel = r"""
extern "C" __global__ void softmax(const float* x, float* y)
{
    int i = blockIdx.x * 128 + threadIdx.x;
    const float* row = x + blockIdx.x * 128;
    float top = row[0], sum = 0;
    for (int k = 1; k < 128; ++k) top = fmaxf(top, row[k]);
    for (int k = 0; k < 128; ++k) sum += expf(row[k] - top);
    y[i] = expf(x[i] - top) / sum;
}
"""
