"""What the instructions of PTX compute: one family a file, one line of C an instruction.

operation.py  an operation: types and a C expression in x, y, z
integer.py    add … rem, min, max, abs       bits.py     and … shl, popc, bfe, prmt
floating.py   add … fma, div, sqrt, ex2      convert.py  cvt
half.py       add … fma of f16 and bf16      convert_half.py  their cvt
move.py       mov                            compare.py  setp, set, selp, predicates
carry.py      add.cc, addc and their kind    packed.py   s16x2, dp4a, vadd4 and their kind
warp.py       shfl, vote, match, redux       atomic.py   atom, red
tensor.py     mma, wmma, ldmatrix            table.py    the operations on registers, by opcode
"""
