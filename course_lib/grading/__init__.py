"""Exercises: made from masters, checked in the notebook, marked outside it.

spec.py       the words in which tests are written: test, expect_value, expect_close, forbid
answer.py     the learner's named objects as a test sees them
names.py      what leaves a learner's names: plain data
kernels.py    one launch of a learner's CUDA C, on the glass GPU
programs.py   one run of a learner's distributed program, on the glass cluster
notebook.py   the cells of an exercise: which are answers, checks and setup
exercises.py  what belongs to one exercise: master, tests, known mistakes
mistakes.py   which known mistake behaves like this answer
shortcuts.py  what an answer must not use, found in its text
examine.py    the tests of one question against one answer
result.py     what came out, as text and HTML
instant.py    check("tiled") in the notebook
fresh.py      the same in a process of its own, question by question
process.py    the parent of that process: a result for every question, whatever the answers do
check.py      course check: an exercise from the shell
master.py     what a master notebook must be
release.py    course release: masters -> exercises

Marks, on Linux. The learner's code and the tests never share a process:

wire.py       plain data over a pipe; its reader trusts nothing
confine.py    what a process gives up before it runs answers; landlock.py: files, too
sandbox.py    where such processes run, and what is there
forkserver.py the process there from which each worker is forked; world.py: what each has for itself
worker.py     the process with the answers, or with a kernel
forks.py      the judge's side of fork servers: keep one, get a worker, end it
sandboxed.py  the judge's side of a worker: ask, watch, end; footprint.py: how much memory it uses
submission.py what is taken from a submitted notebook
alone.py      which cells a question needs, and whether the others could harm it
workers.py    the workers of one submission
judge.py      one submission -> its row
judges.py     several at once, each a process
gradebook.py  the rows, in one SQLite file
selftest.py   course selftest: what must get all points, and what none
grade.py      course grade: a folder of submissions -> the gradebook
report.py     course report: the gradebook -> pages (page.py, chart.py) and files for learning platforms
handmark.py   course push-nbgrader: the gradebook -> an nbgrader course
terms.py      when an exercise is due, what lateness costs, what is extra
progress.py   how far a long command has got

Tests that are worth marks:

mutation/     course mutants: every small mistake in a reference answer must be caught
"""

from course_lib.grading.instant import exercise

__all__ = ["exercise"]
