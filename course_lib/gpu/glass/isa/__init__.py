"""What the instructions of PTX compute: one family a file, one line of C an instruction.

operation.py  an operation: types and a C expression in x, y, z
integer.py    add … rem, min, max, abs       bits.py     and … shl, popc, bfe, prmt
floating.py   add … fma, div, sqrt, ex2      convert.py  cvt
move.py       mov                            compare.py  setp, selp, predicates
carry.py      add.cc, addc and their kind    atomic.py   atom, red
warp.py       shfl, vote, match, redux       table.py    the operations on registers, by opcode
"""
