"""What the instructions of PTX compute: one family a file, one line of C an instruction.

operation.py  an operation: types and a C expression in x, y, z
integer.py    add … rem, min, max, abs            bits.py     and … shl, popc, bfe, prmt
floating.py   add … fma, div, sqrt, ex2, sin       convert.py  cvt
move.py       mov
compare.py    setp, selp, predicates               table.py    all of them by opcode
"""
