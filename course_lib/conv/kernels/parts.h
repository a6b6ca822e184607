// A long sum in parts: split-k. dw has few elements, each a sum over all places of all images; blocks that had all of
// such a sum would be too few to fill a GPU. So each block takes `length` places, and its dw is one of several.
//
//   The parts are added in their order, so that the result is the same every time; atomics would need no parts.

// dw: a thread for each of its `size` elements.
extern "C" __global__ void add_parts(const float* parts, float* dw, int size, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= size) return;
    float sum = 0;
    for (int part = 0; part < count; ++part) sum += parts[(size_t)part * size + i];
    dw[i] = sum;
}
