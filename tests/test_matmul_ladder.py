"""The ladder's story in numbers: what a rung's header says, its registers, what it does less than the one before."""

import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.gpu import cuda, nvrtc, resources
from course_lib.gpu.errors import LaunchError, SetupError, Unsupported
from course_lib.gpu.tensor_map import tensor_map
from course_lib.matmul import bfloat16, blocked, hopper, launch, measure, tensor

FILES = sorted(Path(launch.__file__).parent.glob("*.cu"))
FLOAT = measure.RUNGS["float32"]
TILE = {"tile": (64, 64, 8)}
SMALL = {  # the smallest tiles at which every rung can show its idea
    "uncoalesced": {"block": (32, 8)}, "naive": {"block": (32, 8)}, "tiled": {"tile": 32},
    "thread_tiled_1d": {**TILE, "thread": 8},
    **{n: {**TILE, "thread": (4, 8)} for n in ("thread_tiled_2d", "vectorised", "double_buffered", "warp_tiled")},
}  # fmt: skip
READS = re.compile(r"sum.*\ba\[|down\[i\].*\ba\[|right\[j\].*\bb\[|\bb\[e\]\[x\]")


def operands(format_="float32", m=64, k=64, n=64):
    rng = np.random.default_rng(0)
    pair = rng.standard_normal((m, k)).astype("f4"), rng.standard_normal((k, n)).astype("f4")
    return [gpu.asarray(bfloat16.to_bits(x) if format_ == "bfloat16" else x) for x in pair]


@pytest.fixture(scope="module")
def profiles():
    """rung -> its profile on 64 x 64 matrices."""
    with gpu.use("glass"):
        A, B = operands()
        ready = {name: getattr(launch, name).ready(A, B, **shape) for name, shape in SMALL.items()}
        return {name: launch.kernel.profile(*launch.how) for name, launch in ready.items()}


def shipped(file):
    """The defines that the launcher compiles a rung with."""
    if file == hopper.WGMMA_TMA:
        return {"STAGES": 4, "GROUP_M": 16}
    with gpu.use("glass"):
        for format_, family in measure.RUNGS.items():
            for name, ready in family.items():
                if name != "wgmma" and (made := ready(*operands(format_))).file == file:
                    return made.defines
    raise AssertionError(f"no rung launches {file.name}")


def test_the_rungs_are_eleven_and_numbered():
    assert [int(file.name[:2]) for file in FILES] == list(range(1, 12))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_header_names_an_architecture_that_the_rung_compiles_for_and_hopper_needs_no_spills(file):
    source, options = file.read_text(), nvrtc.options(shipped(file))
    assert source.startswith(f"// {file.name[:2]} ")
    target = measure.architecture(source)
    assert nvrtc.cubin(source, file.name, options, target=target)
    found = resources.read(
        resources.report(source, file.name, options, target if target[-1] == "a" else "sm_90"), "matmul"
    )
    assert found.spill_stores == found.spill_loads == found.stack == 0 and 0 < found.registers <= 255


def test_two_blocks_of_the_register_tiled_rungs_fit_into_a_multiprocessor():
    for file, threads in zip(FILES[4:8], (256, 256, 256, 128), strict=True):
        report = resources.report(file.read_text(), file.name, nvrtc.options(shipped(file)), "sm_90")
        registers = resources.read(report, "matmul").registers
        assert 2 * threads * -(-registers // 8) * 8 <= 65536, file.name


def test_each_rung_reads_less_of_what_the_one_before_waited_for(profiles):
    def less(later, before, what, factor):
        few, many = (profiles[name].total(what) for name in (later, before))
        assert 0 < few * factor <= many, (later, before, what, few, many)

    less("naive", "uncoalesced", "sectors", 3)
    less("tiled", "naive", "sectors", 10)
    less("tiled", "naive", "loaded", 30)
    less("thread_tiled_1d", "tiled", "shared_requests", 1.75)
    less("thread_tiled_2d", "thread_tiled_1d", "shared_requests", 2.5)
    less("vectorised", "thread_tiled_2d", "shared_requests", 3)
    less("vectorised", "thread_tiled_2d", "global_requests", 4)
    less("vectorised", "thread_tiled_2d", "instructions", 1.5)
    assert len({profile.total("flops") for profile in profiles.values()}) == 1


def test_a_double_buffer_needs_half_the_barriers(profiles):
    def barriers(name):
        lines = (line for line in profiles[name].lines.values() if "__syncthreads" in line.source)
        return sum(line.instructions for line in lines)

    assert 0 < barriers("double_buffered") * 2 <= barriers("vectorised")


def test_a_wider_thread_of_the_warp_tiled_rung_reads_less_for_each_product(glass, profiles):
    wide = launch.warp_tiled.ready(*operands(), tile=(64, 64, 8), thread=(4, 16))
    profile = wide.kernel.profile(*wide.how)
    assert profile.total("flops") == profiles["warp_tiled"].total("flops")
    loads, of_narrow = (p.sum("requests")["shared loads"] for p in (profile, profiles["warp_tiled"]))
    assert loads * 6 <= of_narrow * 5


@pytest.mark.parametrize(
    "rung", ["tiled", "thread_tiled_1d", "thread_tiled_2d", "vectorised", "double_buffered", "warp_tiled"]
)
def test_no_read_of_shared_memory_meets_another_in_its_bank(profiles, rung):
    reads = [line for line in profiles[rung].lines.values() if line.shared_requests and READS.search(line.source)]
    assert reads and all(line.bank_conflict == 1 for line in reads), reads
    assert profiles[rung].total("wavefronts") == profiles[rung].total("smooth")  # nor does a write


def test_copies_and_ldmatrix_meet_no_other_in_their_bank(glass):
    _, shape = CHECKED["mma_sync"]
    ready = tensor.mma_sync.ready(*operands("bfloat16"), **shape)
    profile = ready.kernel.profile(*ready.how)
    assert profile.total("wavefronts") == profile.total("smooth") > 0
    plain = tensor.MMA_SYNC.read_text().replace("^ row % 8", "")  # without the swizzle they do
    profile = gpu.compile(plain, **ready.defines).get_function("matmul").profile(*ready.how)
    assert profile.total("wavefronts") > profile.total("smooth")


def test_the_last_tiles_of_c_are_stored_in_whole_sectors(profiles):
    for profile in list(profiles.values())[1:]:
        stores = [line for line in profile.lines.values() if re.search(r"C\[[^=]*\]\)? = ", line.source)]
        assert stores and all(line.sectors == line.ideal for line in stores)


CHECKED = {
    "tiled": (launch.tiled, {"tile": 16}),
    "thread_tiled_1d": (launch.thread_tiled_1d, {"tile": (16, 16, 8), "thread": 2}),
    **{
        name: (getattr(launch, name), {"tile": (32, 32, 8), "thread": (4, 4)})
        for name in ("thread_tiled_2d", "vectorised", "double_buffered", "warp_tiled")
    },
    "wmma": (tensor.wmma, {"tile": (32, 32, 32), "warp": (16, 32), "stages": 2}),
    "mma_sync": (tensor.mma_sync, {"tile": (32, 64, 32), "warp": (32, 32), "stages": 3}),
}


@pytest.mark.parametrize("rung", CHECKED)
def test_no_rung_has_a_race_or_reads_what_nobody_wrote_or_what_is_still_on_its_way(glass, rung):
    multiply, shape = CHECKED[rung]
    format_ = "bfloat16" if rung in measure.RUNGS["bfloat16"] else "float32"
    ready = multiply.ready(*operands(format_, 40, 20, 36), **shape)
    assert list(ready.kernel.check(*ready.how)) == []


@pytest.mark.parametrize("forgotten", ["wait_for_copies();", "__syncthreads();"])
def test_the_check_would_find_a_wait_that_a_rung_forgets(glass, forgotten):
    ready = launch.double_buffered.ready(*operands("float32", 40, 20, 36), tile=(32, 32, 8), thread=(4, 4))
    source = launch.DOUBLE_BUFFERED.read_text()
    at = source.rindex(forgotten)
    broken = gpu.compile(source[:at] + source[at + len(forgotten) :], "broken.cu", **ready.defines)
    assert broken.get_function("matmul").check(*ready.how)


SWIZZLED = """
extern "C" __global__ void pieces(uint4* out)
{
    __shared__ __align__(128) Tiles tiles[1];
    for (int i = threadIdx.x; i < sizeof(Tiles) / 16; i += 32) ((uint4*)tiles)[i] = make_uint4(i, 0, 0, 0);
    __syncwarp();
    int row = threadIdx.x % 8;  // the eight rows of a matrix, four times: as ldmatrix asks for them
    out[threadIdx.x] = *(uint4*)in_a(tiles[0], row + 8 * FROM, threadIdx.x / 8 * 8);  // of a
    out[threadIdx.x + 32] = *(uint4*)in_b(tiles[0], row + 8 * FROM, threadIdx.x / 8 * 8);  // of b
}
"""


@pytest.mark.parametrize("tile_k", [32, 64])
def test_swizzled_rows_lie_in_different_banks(glass, tile_k):
    source = tensor.MMA_SYNC.read_text().partition('extern "C"')[0] + SWIZZLED
    defines = {"TILE_M": 64, "TILE_N": 64, "TILE_K": tile_k, "WARP_M": 32, "WARP_N": 32, "STAGES": 2, "FROM": 1}
    out = gpu.zeros((64, 4), np.uint32)
    profile = gpu.compile(source, **defines).get_function("pieces").profile((1,), (32,), (out,))
    reads = [line for line in profile.lines.values() if line.source.endswith(("// of a", "// of b"))]
    assert len(reads) == 2 and all(line.bank_conflict == 1 for line in reads)
    assert len(set(out.get()[:32, 0])) == len(set(out.get()[32:, 0])) == 32  # every piece has its own place


CANNOT_BE = ["wmma(a, b, warp=(8, 64))", "wmma(a, b, stages=0)", "wmma(f, b)", "mma_sync(a, b, tile=(128, 32, 32))"]
CANNOT_BE += ["mma_sync(a, b, tile=(128, 256, 16))", "mma_sync(a, b, warp=(16, 16))", "mma_sync(a, b, stages=40)"]


@pytest.mark.parametrize("made", [*CANNOT_BE, "mma_sync(b, a)"])
def test_tensor_tiles_that_cannot_be_are_refused_in_a_sentence(device, made):
    a, b = operands("bfloat16", 4, 5, 6)
    with pytest.raises(UserError) as caught:
        eval(made, vars(tensor) | {"a": a, "b": b, "f": gpu.zeros((4, 5))})
    assert "\n" not in str(caught.value)


def test_the_glass_gpu_says_that_the_last_rung_needs_hopper(glass):
    for run in (
        lambda: gpu.load(hopper.WGMMA_TMA, STAGES=4, GROUP_M=16),
        lambda: hopper.wgmma(*operands("bfloat16")),
    ):
        with pytest.raises(Unsupported, match="needs a Hopper GPU") as caught:
            run()
        assert "\n" not in str(caught.value)


@pytest.mark.gpu
@pytest.mark.parametrize(
    "size", [(1, 1, 1), (31, 13, 7), (128, 64, 256), (129, 65, 257), (300, 1000, 520), (2048, 512, 4096)], ids=str
)
def test_hopper_multiplies(size):
    if not cuda.available() or cuda.capability() != (9, 0):
        pytest.skip("this machine has no Hopper GPU")
    m, k, n = size
    with gpu.use("cuda"):
        A, B = operands("bfloat16", m, k, n)
        a, b = (bfloat16.to_float32(x.get()).astype(np.float64) for x in (A, B))
        error = np.abs(hopper.wgmma(A, B).get() - a @ b)
    assert (error <= k * 2.0**-22 * (np.abs(a) @ np.abs(b)) + 1e-30).all()


class OnGpu:
    """As much of a device array as a tensor map asks about."""

    def __init__(self, shape, dtype="u2", at=1 << 20, contiguous=True):
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.data = type("", (), {"ptr": at})
        self.flags = type("", (), {"c_contiguous": contiguous})


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (OnGpu((8, 12)), "rows are 24 bytes long; pad it"),
        (OnGpu((8, 16), at=(1 << 20) + 8), "begins at 8 beyond"),
        (OnGpu((8, 16), "f4"), "uint16 in order, not empty, but float32"),
        (OnGpu((0, 16)), "not empty"),
        (OnGpu((8, 16), contiguous=False), "in order"),
    ],
)
def test_a_matrix_that_tma_cannot_describe_is_refused_in_a_sentence(matrix, words):
    with pytest.raises(LaunchError, match=words):
        tensor_map(matrix, (8, 64))


@pytest.mark.skipif(cuda.available(), reason="there is a driver")
def test_without_a_driver_a_tensor_map_says_so():
    with pytest.raises(SetupError, match="NVIDIA's driver of CUDA 12"):
        tensor_map(OnGpu((8, 16)), (8, 64))


@pytest.mark.parametrize(
    ("text", "found"),
    [("wgmma.fence.sync.aligned;", "wgmma.fence.sync.aligned"), ("// wgmma.fence", None), ("mma.sync.aligned", None)],
)
def test_hoppers_instructions_are_known_by_their_names(text, found):
    assert nvrtc.only_hopper(f"\tadd.s32 %r1, %r2, 1;\n\t{text}\n") == found


@pytest.mark.parametrize("tile", [1, 3, 4, 7, 64])
@pytest.mark.parametrize("size", [(12, 8, 4), (13, 7, 17), (1, 1, 1), (5, 1, 30)], ids=str)
def test_a_blocked_product_moves_the_words_of_the_formula(size, tile):
    (m, k, n), rng = size, np.random.default_rng(0)
    A, B = rng.standard_normal((m, k)), rng.standard_normal((k, n))
    found = blocked.multiply(A, B, tile)
    assert np.allclose(found.C, A @ B) and found.words == blocked.words(m, n, k, tile)
    if m == n == k and n % tile == 0:
        assert found.words == 2 * n**3 // tile + n**2


@pytest.mark.parametrize(
    "call", ["multiply(x, x.T, 0)", "multiply(x, x, 2)", "multiply(x[0], x.T, 2)", "multiply(x, x.T, 2.0)"]
)
def test_a_blocked_product_refuses_in_a_sentence(call):
    with pytest.raises(UserError):
        eval(call, vars(blocked) | {"x": np.ones((3, 4))})
