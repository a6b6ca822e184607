"""The learner's named objects, as a test sees them.

    answer.grid_for(100, 100, (16, 16))     calls the learner's function
    answer.value("threads")                 reads a value
    answer.launch("tiled_kernel", "matmul", grid, block, [A, B, C, m, n, k], TILE=16)
                                            runs the learner's CUDA C
    answer.count(...)                       the same, and counts what its warps do, line by line
    answer.check(...)                       the same, and looks for races, unwritten reads and the like
    answer.simulate([("ring", rank, p, x[rank]) for rank in range(p)], network)
                                            runs the learner's distributed program

Everything that crosses is plain data (names.py), and is copied on its way in. So the answer may live in another process
than the test (judge.py), and it can neither change what the test compares with nor hand back an object that calls
itself equal to everything.

An answer keeps a log of what it was asked and what came: mistakes.py asks known mistakes the same.
"""

import copy

import numpy as np

from course_lib.cluster.network import Network
from course_lib.cluster.trace import Trace
from course_lib.grading import kernels, names, programs
from course_lib.grading.spec import AnswerError, describe

STUB = "your code here"  # what release.py leaves where the learner is to write
UNWRITTEN = f"it is not written yet: put your code in place of the line “{STUB}”, and run the cell"


class Answer:
    """The answers found in `namespace`, a notebook's global names."""

    in_this_process = True  # so that an interrupt is meant for the learner's code

    def __init__(self, namespace: dict):
        self._namespace = namespace
        self.log: list[tuple] = []  # (method, arguments, what came: a value or an AnswerError)
        self.unwritten = False  # whether a launch changed nothing, and its text still holds the starter's line

    def __getattr__(self, name: str):
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.ask("_call", name, args, kwargs)

    def value(self, name: str):
        """The learner's value of that name, as plain data. Raises AnswerError if there is none."""
        return self.ask("_read", name)

    def launch(self, name: str, kernel: str, grid: tuple, block: tuple, args: list, **defines) -> kernels.Launched:
        """Run `kernel` of the CUDA C text `name`; see kernels.run. Raises AnswerError if it does not end well."""
        return self.ask("_launch", name, kernel, grid, block, args, defines)

    def count(self, name: str, kernel: str, grid: tuple, block: tuple, args: list, **defines) -> kernels.Launched:
        """The same launch, and in `lines` what its warps did."""
        return self.ask("_count", name, kernel, grid, block, args, defines)

    def check(self, name: str, kernel: str, grid: tuple, block: tuple, args: list, **defines) -> kernels.Launched:
        """The same launch in several orders, and in `findings` what kernel.check found."""
        return self.ask("_check", name, kernel, grid, block, args, defines)

    def simulate(self, programs: list[tuple], network: Network | None = None, **how) -> Trace:
        """Run worker programs on the glass cluster; see programs.run. Raises AnswerError if they do not end well.

        programs  for each rank (name of the learner's function, *arguments); in place of the name may be a function of
                  the test's own
        how       slow, fails, flops, seed: see cluster/simulated.py
        """
        return self.ask("_simulate", programs, network, how)

    def ask(self, method: str, *arguments):
        """One logged request. Raises AnswerError."""
        try:
            came = getattr(self, method)(*copy.deepcopy(arguments))
        except AnswerError as error:
            came = error
        self.log.append((method, arguments, came))
        if isinstance(came, AnswerError):
            raise came
        return came

    def _read(self, name):
        return names.read(self._namespace, name)

    def _call(self, name, args, kwargs):
        return names.call(self._namespace, name, args, kwargs)

    def _count(self, *launch):
        return self._launch(*launch, counted=True)

    def _check(self, *launch):
        return self._launch(*launch, checked=True)

    def _simulate(self, given, network, how):
        half = programs.Programs(self._namespace)
        return programs.run(given, network, how, [lambda do, *with_: getattr(half, do)(*with_)], [0] * len(given))

    def _launch(self, name, kernel, grid, block, args, defines, **how):
        source = self._read(name)
        if not isinstance(source, str):
            raise AnswerError(f"{name} should be a string of CUDA C, but it is {describe(source)}", "TypeError")
        ran = self._run(source, name, kernel, grid, block, args, defines, **how)
        before = [value for value in args if isinstance(value, np.ndarray)]
        self.unwritten = STUB in source and all(map(np.array_equal, ran.arrays, before))
        return ran

    def _run(self, source, *launch, **how):
        return kernels.attempt(source, *launch, **how)
