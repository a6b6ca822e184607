"""Mutation tests of tests: each small mistake that can be made in a reference answer must be caught.

mutant.py      one changed answer, and where answers may be changed
python.py      the mistakes of Python, made on the syntax tree
cuda_text.py   CUDA C as tokens and statements
cuda.py        the mistakes of CUDA C, made on those
worker.py      a process in which mutants run, whatever they do
workers.py     several of them at once; what became of each mutant
equivalents.py the mutants that are right answers: solutions/equivalent
command.py     course mutants
"""
