"""Matrix multiplication, one idea a rung.

01_uncoalesced.cu      one thread an element of C, neighbouring threads in neighbouring rows
02_naive.cu            neighbouring threads in neighbouring columns: the lecture's kernel, with bounds
03_tiled.cu            a block loads tiles into shared memory and reads each element TILE times from there
04_thread_tiled_1d.cu  one thread a short column of C: what it reads, it uses several times from a register
05_thread_tiled_2d.cu  one thread a rectangle of C
06_vectorised.cu       every access moves 16 bytes
07_double_buffered.cu  cp.async: the next tiles arrive while these are multiplied
08_warp_tiled.cu       a warp in a compact rectangle
09_wmma.cu             tensor cores: bfloat16 in, float out
10_mma_sync.cu         their own instructions: mma.sync, ldmatrix, swizzled tiles
11_wgmma_tma.cu        Hopper only: whole tiles by one instruction, brought by the tensor memory accelerator
launch.py              one function for each of 01 to 08
tensor.py              the same for 09 and 10; hopper.py: for 11
launching.py           what they share: operands, padding, a launch that can be repeated
bfloat16.py            float32 to the bits of bfloat16 and back
blocked.py             the tiling in NumPy, counting the words that move
measure.py             every rung against cuBLAS: `course measure matmul`; spot_check.py: the check before
records.py             what it wrote, as a table; published.py: what others wrote about theirs
excerpt.py             the part of a rung to look at
parts/mma.cu           one product by one warp, to see who holds what
"""
