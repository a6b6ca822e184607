"""Matrix multiplication, one idea a rung.

01_uncoalesced.cu  one thread an element of C, neighbouring threads in neighbouring rows
02_naive.cu        neighbouring threads in neighbouring columns: the lecture's kernel, with bounds
03_tiled.cu        a block loads tiles into shared memory and reads each element TILE times from there
launch.py          one launcher for all of them
"""
