"""The result is right, but every thread walks through all biases to find its own. Its index can be computed."""

epilogue_kernel = r"""
extern "C" __global__ void epilogue(const float* y, const float* b, const float* branch, float* z,
                                    int K, int PQ, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float bias = 0;
    if (i < n) {
        for (int k = 0; k < K; ++k) {
            float next = ((const volatile float*)b)[k];
            if (k == i / PQ % K) bias = next;
        }
        z[i] = fmaxf(y[i] + bias + branch[i], 0);
    }
}
"""
