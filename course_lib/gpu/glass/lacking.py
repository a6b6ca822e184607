"""What the glass GPU has not, in the words of CUDA C instead of PTX, and what to do about it."""

import re

LACKING = {
    r"tex|tld4|txq": ("textures", "read the array through a pointer"),
    r"suld|sust|sured|suq": ("surfaces", "read and write the array through a pointer"),
    r"barrier\.cluster|mapa|getctarank|%.*cluster|st\.async|red\.async|isspacep\.shared::cluster": (
        "thread block clusters and their distributed shared memory",
        "let blocks exchange data in global memory",
    ),
    r"wgmma": ("products of matrices by four warps (wgmma)", "use wmma or mma.sync, or run it on a Hopper GPU"),
    r"cp\.async\.bulk\.(tensor|prefetch)|tensormap|cp\.reduce": (
        "the Tensor Memory Accelerator's tensor copies",
        "use cp.async or cuda::memcpy_async, or run it on a Hopper GPU",
    ),
    r"v(add|sub|absdiff|min|max|shl|shr|mad|set|avrg)\d?\.": (
        "video instructions",
        "use the functions of CUDA C such as __vadd4, which do the same",
    ),
    r"mma\.sp|wmma\.mma\.sp": ("products with sparse matrices", "use mma.sync or wmma on the full matrices"),
    r"(ld|st)\.(.*\.)?b128": ("numbers of 128 bits", "use two of 64"),
    r"vote\.(?!.*sync)": (
        "votes that name no lanes (__ballot, __any, __all), nor has any GPU since Volta",
        "write __ballot_sync(0xffffffff, …) and its kin",
    ),
    r"alloca|stacksave|stackrestore": ("arrays whose length is known only as it runs", "give the array a fixed length"),
}
CALLS = {
    r"malloc|_Znw.*|_Zna.*|free|_Zd[la].*": (
        "a heap (malloc, new)",
        "use a local array, or one that the host makes and passes",
    ),
    r"cuda\w*|cudaDevice.*": ("the CUDA run-time inside a kernel", "launch and allocate from the host"),
}


def lacking(opcode: str, operand: str = "") -> tuple[str, str] | None:
    """(what it belongs to, what to do instead) of an unknown instruction or operand."""
    texts = (opcode, operand)
    return next((said for form, said in LACKING.items() if any(re.match(form, text) for text in texts if text)), None)


def lacking_call(name: str) -> tuple[str, str]:
    """The same of the call of a function that is not there."""
    known = next((said for form, said in CALLS.items() if re.fullmatch(form, name)), None)
    return known or (f"the function {name}, which this source does not define", "define it as __device__ in the source")
