"""Exercises: made from masters, checked in the notebook, marked outside it.

spec.py       the words in which tests are written: test, expect_value, expect_close
answer.py     the learner's named objects as a test sees them: plain data in, plain data out
kernels.py    one launch of a learner's CUDA C, on the glass GPU
notebook.py   the cells of an exercise: which are answers, checks and setup
exercises.py  what belongs to one exercise: master, tests, known mistakes
mistakes.py   which known mistake behaves like this answer
examine.py    the tests of one question against one answer
result.py     what came out, as text and HTML
instant.py    check("tiled") in the notebook
fresh.py      the same in a process of its own, question by question
process.py    the parent of that process: a result for every question, whatever the answers do
check.py      course check: an exercise from the shell
master.py     what a master notebook must be
release.py    course release: masters -> exercises
"""

from course_lib.grading.instant import exercise

__all__ = ["exercise"]
