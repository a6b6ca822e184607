"""Little programs of a curious learner, from the chapters of the CUDA C++ Programming Guide on the language."""

import numpy as np
import pytest
from gpu_device import run

from course_lib import gpu
from course_lib.gpu.errors import Trap, Unsupported

T = np.arange(64)
CG = "#include <cooperative_groups.h>\nnamespace cg = cooperative_groups;\n"
COPY = "#include <cuda/barrier>\n#include <cooperative_groups.h>\n"
POINTER = (
    "typedef int (*F)(int); __device__ int next(int x) { return x + 1; } __device__ int square(int x) { return x * x; }"
)
# name -> (source, what the 64 threads leave in x[t])
PROGRAMS = {
    "cuda::barrier": (
        """#include <cuda/barrier>
        KERNEL(int* x) {
            using B = cuda::barrier<cuda::thread_scope_block>;
            __shared__ B b; __shared__ int s[64]; int t = threadIdx.x;
            if (t == 0) init(&b, 64);
            __syncthreads();
            s[t] = t; auto token = b.arrive(); b.wait(std::move(token));
            int left = s[63 - t]; b.arrive_and_wait();
            s[t] = 2 * t; b.arrive_and_wait();
            x[t] = left + s[63 - t];
        }""",
        3 * (63 - T),
    ),
    "cuda::pipeline": (
        """#include <cuda/pipeline>
        #include <cooperative_groups.h>
        KERNEL(int* x) {
            auto block = cooperative_groups::this_thread_block(); int t = threadIdx.x, sum = 0;
            __shared__ int s[2][64]; __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, 2> state;
            auto pipe = cuda::make_pipeline(block, &state);
            for (int i = 0; i < 5; ++i) {
                for (int next = i ? i + 1 : 0; next <= i + 1 && next < 5; ++next) {
                    pipe.producer_acquire();
                    cuda::memcpy_async(block, s[next % 2], x + 64 + 16 * next, 256, pipe);
                    pipe.producer_commit();
                }
                pipe.consumer_wait(); block.sync();
                sum += s[i % 2][63 - t] * (i + 1);
                block.sync(); pipe.consumer_release();
            }
            x[t] = sum;
        }""",
        sum((63 - T + 64 + 16 * i) * (i + 1) for i in range(5)),
    ),
    "memcpy_async with a barrier": (
        COPY
        + """KERNEL(int* x) {
            using B = cuda::barrier<cuda::thread_scope_block>; __shared__ B b; __shared__ __align__(16) int s[64];
            auto block = cooperative_groups::this_thread_block();
            if (block.thread_rank() == 0) init(&b, block.size());
            block.sync();
            cuda::memcpy_async(block, s, x + 64, cuda::aligned_size_t<16>(256), b);
            b.arrive_and_wait();
            x[threadIdx.x] = s[63 - threadIdx.x];
        }""",
        127 - T,
    ),
    "atomics of the standard library": (
        """#include <cuda/atomic>
        KERNEL(int* x) {
            __shared__ cuda::atomic<int, cuda::thread_scope_block> count; int t = threadIdx.x;
            if (t == 0) count = 0;
            __syncthreads();
            cuda::atomic_ref<int, cuda::thread_scope_device> most(x[64]);
            count++; most.fetch_max(1000 + t, cuda::memory_order_relaxed);
            __syncthreads();
            x[t] = count.load() + most.load();
        }""",
        64 + 1063 + 0 * T,
    ),
    "cuda::std": (
        """#include <cuda/std/array>
        #include <cuda/std/complex>
        #include <cuda/std/optional>
        #include <cuda/std/tuple>
        KERNEL(int* x) {
            int t = threadIdx.x; cuda::std::array<int, 4> a{1, 2, 3, 4}; auto [i, f] = cuda::std::make_tuple(t, 2.5f);
            cuda::std::optional<int> late; if (t > 10) late = t;
            cuda::std::complex<float> z(1, t); z *= z;
            x[t] = a[t % 4] + i + (int)f + late.value_or(-1) + (int)z.real();
        }""",
        T % 4 + 1 + T + 2 + np.where(T > 10, T, -1) + 1 - T * T,
    ),
    "coalesced and labelled groups": (
        CG
        + """#include <cooperative_groups/reduce.h>
        #include <cooperative_groups/scan.h>
        KERNEL(int* x) {
            int t = threadIdx.x, sum = 0; auto warp = cg::tiled_partition<32>(cg::this_thread_block());
            if (t % 3 == 0) { auto here = cg::coalesced_threads(); sum = here.size() * 100 + here.thread_rank(); }
            auto alike = cg::labeled_partition(warp, t % 5);
            x[t] = sum + 10000 * cg::reduce(alike, t % 32, cg::plus<int>()) + cg::inclusive_scan(warp, 0);
        }""",
        np.where(T % 3 == 0, 1100 + T // 3 - 11 * (T > 31), 0)
        + 10000 * np.array([sum(i for i in range(32) if (i + t // 32 * 32) % 5 == t % 5) for t in T]),
    ),
    "groups of several warps": (
        CG
        + """#include <cooperative_groups/reduce.h>
        KERNEL(int* x) {
            __shared__ cg::block_tile_memory<64> scratch;
            auto tile = cg::tiled_partition<64>(cg::this_thread_block(scratch));
            int t = tile.thread_rank();
            x[t] = cg::reduce(tile, t, cg::plus<int>()) + cg::reduce(tile, t, cg::greater<int>());
        }""",
        2016 + 63 + 0 * T,
    ),
    "virtual functions": (
        """struct Shape { int a; __device__ virtual int area() { return a; } };
        struct Square : Shape { __device__ int area() override { return a * a; } };
        __device__ char memory[64 * 16];
        KERNEL(int* x) {
            int t = threadIdx.x; char* at = memory + 16 * t;
            Shape* made = t % 2 ? ::new (at) Square : ::new (at) Shape; made->a = t;
            __syncthreads();
            Shape* other = (Shape*)(memory + 16 * (63 - t)); x[t] = other->area();
        }""",
        np.where(T % 2, 63 - T, (63 - T) ** 2),
    ),
    "pointers to functions": (
        POINTER
        + """__device__ F table[2] = {next, square};
        __device__ int both(F f, F g, int x) { return f(g(x)); }
        KERNEL(int* x) {
            int t = threadIdx.x; F f = x[t] % 3 ? next : square;
            x[t] = table[t % 2](t) + 10000 * f(t) + both(f, table[1], 2);
        }""",
        np.where(T % 2, T * T, T + 1) + 10000 * np.where(T % 3, T + 1, T * T) + np.where(T % 3, 5, 16),
    ),
    "a tree walked through virtual functions": (
        """struct Node { __device__ virtual int sum() const { return 1; } };
        struct Fork : Node {
            const Node *a, *b; __device__ int sum() const override { return a->sum() + b->sum() + 10; } };
        KERNEL(int* x) {
            Node leaf; Fork low, high;
            low.a = low.b = &leaf; high.a = &low; high.b = threadIdx.x % 2 ? (Node*)&low : &leaf;
            x[threadIdx.x] = high.sum();
        }""",
        np.where(T % 2, 34, 23),
    ),
    "addresses in variables": (
        """__device__ int numbers[4] = {5, 6, 7, 8}; __device__ int* second = numbers + 1;
        struct Named { const char* name; int value; };
        __constant__ Named names[2] = {{"one", 1}, {"three", 3}};
        KERNEL(int* x) {
            const Named& n = names[threadIdx.x % 2]; int length = 0; while (n.name[length]) ++length;
            x[threadIdx.x] = second[threadIdx.x % 3] + 100 * length + 1000 * n.value;
        }""",
        np.array([6, 7, 8])[T % 3] + np.where(T % 2, 3500, 1300),
    ),
    "lambdas and structured bindings": (
        """template <typename F> __device__ int apply(F f, int v) { return f(v); }
        struct Pair { int a; float b; };
        KERNEL(int* x) {
            int k = threadIdx.x; auto add = [=](int v) { return v + k; }; auto [a, b] = Pair{3, 2.5f};
            if constexpr (sizeof(k) == 4) x[k] = apply(add, a) + (int)b;
        }""",
        T + 5,
    ),
    "a switch of many cases": (
        """KERNEL(int* x) {
            int t = threadIdx.x, r;
            switch (x[t] % 9) {
                case 0: r = 5; break; case 1: r = t * 7; break; case 2: r = t ^ 3; break; case 3: r = t / 3; break;
                case 4: r = __popc(t); x[64] = 1; break; case 5: r = t % 5; break; case 6: r = -t; break;
                case 7: r = t << 2; x[65] = 2; break; default: r = 99; }
            x[t] = r;
        }""",
        np.select(
            [T % 9 == i for i in range(8)],
            [5 + 0 * T, T * 7, T ^ 3, T // 3, np.array([int(t).bit_count() for t in T]), T % 5, -T, T << 2],
            99,
        ),
    ),
    "cache hints": (
        """#include <cuda/annotated_ptr>
        KERNEL(int* x) {
            int t = threadIdx.x; cuda::annotated_ptr<int, cuda::access_property::persisting> often(x);
            const int* p = x + 64 + t; int sum = __ldg(p) + __ldcg(p) + __ldcs(p) + __ldlu(p) + __ldcv(p);
            cuda::apply_access_property(x, 64, cuda::access_property::normal{});
            __stcg(x + 128 + t, sum); often[t] = x[128 + t] + 1;
        }""",
        5 * (T + 64) + 1,
    ),
    "special registers": (
        """KERNEL(int* x) {
            int warp, count, dynamic;
            asm("mov.u32 %0, %%warpid;" : "=r"(warp)); asm("mov.u32 %0, %%nctaid.x;" : "=r"(count));
            asm("mov.u32 %0, %%dynamic_smem_size;" : "=r"(dynamic));
            x[threadIdx.x] = 100 * warp + 10 * count + dynamic;
        }""",
        100 * (T // 32) + 10,
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_runs_on_either_device(device, name):
    source, expected = PROGRAMS[name]
    x = gpu.asarray(np.arange(256, dtype=np.int32))
    run(source, (1,), (64,), x)
    assert x.get()[:64].tolist() == expected.tolist()


LACKING = {
    "textures": ("KERNEL(float* x, cudaTextureObject_t t) {\n x[0] = tex1Dfetch<float>(t, 0); }", "textures"),
    "surfaces": ("KERNEL(float* x, cudaSurfaceObject_t s) {\n surf1Dwrite(1.0f, s, 0); }", "surfaces"),
    "clusters": ('KERNEL(int* x) {\n asm volatile("barrier.cluster.arrive;"); }', "thread block clusters"),
    "a cluster's rank": (
        'KERNEL(int* x) {\n asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(x[0])); }',
        "thread block clusters",
    ),
    "malloc": ("KERNEL(int** x) {\n x[0] = (int*)malloc(8); }", "a heap (malloc, new)"),
    "new": ("KERNEL(int** x) {\n x[0] = new int[2]; }", "a heap (malloc, new)"),
    "an outside function": (
        'extern "C" __device__ int f(int); KERNEL(int* x) {\n x[0] = f(1); }',
        "the function f, which",
    ),
    "video": (
        'KERNEL(int* x) {\n asm("vadd.s32.s32.s32 %0, %1.b0, %1;" : "=r"(x[0]) : "r"(x[1])); }',
        "video instructions",
    ),
}


@pytest.mark.parametrize("name", LACKING)
def test_what_the_glass_gpu_lacks_is_said_with_its_line(glass, name):
    source, what = LACKING[name]
    more = (np.uint64(0),) if "Object_t" in source else ()
    with pytest.raises(Unsupported) as e:
        run(source, (1,), (32,), gpu.zeros(8, {"f": np.float32}.get(source[7], np.int32)), *more)
    said = str(e.value)
    assert said.startswith(f"the glass GPU has not got {what}") and "line 2 of kernel 'k'" in said and "\n" not in said


def test_a_pointer_to_no_function_stops_the_kernel(glass):
    source = POINTER + "__device__ F f = square; KERNEL(F* x) { F g = x[0]; x[1] = g(1) ? f : next; }"
    with pytest.raises(Trap):
        run(source, (1,), (1,), gpu.asarray(np.array([3, 0], np.uint64)))


def test_what_only_hopper_has_is_named_with_its_line(glass):
    with pytest.raises(Unsupported, match=r"has wgmma\.fence\.sync\.aligned in line 2, which needs a Hopper GPU"):
        run('KERNEL(int* x) {\n asm volatile("wgmma.fence.sync.aligned;"); }', (1,), (32,), gpu.zeros(8, np.int32))
