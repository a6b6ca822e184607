"""The process that holds a learner's answers, forked by forkserver.py: it does what the judge asks, thing by thing.

It runs inside the sandbox, and from the first answer cell on nothing that it says is trusted. The same program, in a
sandbox of its own and without any answer cell, runs kernels: then it is never asked for a cell.

Request  {"id": number, "do": one of DOES, "with": arguments}
Reply    {"id": the same, "came": value} or {"id": the same, "failed": [text, kind, block, place]}  as AnswerError
"""

import sys
import types


class Worker:
    def __init__(self):
        self.module = types.ModuleType("__main__")
        self.names = self.module.__dict__
        self.names["__builtins__"] = __builtins__
        self.names["get_ipython"] = self.shell
        self.programs = None
        sys.modules["__main__"] = self.module

    def serve(self, read: int, write: int) -> None:
        """Until the judge closes its pipe."""
        from course_lib.grading import wire
        from course_lib.grading.spec import AnswerError

        while True:
            try:
                request = wire.receive(read)
            except wire.WireError:
                return
            try:
                reply = {"came": getattr(self, DOES[DOES.index(request["do"])])(*request["with"])}
            except AnswerError as error:
                reply = {"failed": [str(error), error.kind, error.block, error.place]}
            except BaseException as error:  # noqa: BLE001  an answer may raise anything
                reply = {"failed": [f"{type(error).__name__}: {text_of(error)}", type(error).__name__, None, ()]}
            try:
                frame = wire.encode({"id": request["id"], **reply})
            except BaseException as error:  # noqa: BLE001  what a value is made of may raise anything too
                said = f"what came cannot be handed on: {text_of(error)}"
                frame = wire.encode({"id": request["id"], "failed": [said, "TypeError", None, ()]})
            wire.send(write, frame)

    def ping(self) -> str:
        return "ready"

    def cell(self, source: str, name: str) -> None:
        """Run one cell. What plain Python does not understand, as %time or await, IPython runs."""
        import linecache

        file = f"<{name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        try:
            code = compile(source, file, "exec", dont_inherit=True)
        except SyntaxError:
            ran = self.shell().run_cell(source, store_history=False, silent=True)
            ran.raise_error()
        else:
            exec(code, self.names)  # noqa: S102  this is what the sandbox is for

    def shell(self):
        """IPython's shell over the answers' names, made when it is first needed."""
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        class Shell(InteractiveShell):
            system = InteractiveShell.system_raw  # the other takes a terminal, and not every sandbox has one

            def enable_gui(self, gui=None):
                pass

        if not Shell.initialized():
            quiet = Config(HistoryManager={"enabled": False})
            self.made = Shell.instance(config=quiet, user_module=self.module, user_ns=self.names)
        return self.made

    def call(self, name: str, args: tuple, kwargs: dict):
        from course_lib.grading import names

        return names.call(self.names, name, args, kwargs)

    def read(self, name: str):
        from course_lib.grading import names

        return names.read(self.names, name)

    def start(self, p: int, ranks: list) -> None:
        """Begin the worker programs of a distributed answer; the cluster that they run on is the judge's."""
        from course_lib.grading.programs import Programs

        self.programs = Programs(self.names)
        self.programs.start(p, ranks)

    def advance(self, resumed: list) -> list:
        return self.programs.advance(resumed)

    def launch(self, *launch):
        """Run a kernel, given as text; what a kernels.Launched holds, in its order."""
        from course_lib.grading import kernels

        *launch, how = launch
        ran = kernels.attempt(*launch, **how)
        return ran.arrays, ran.shared_bytes, ran.lines, ran.findings


DOES = ("ping", "cell", "call", "read", "start", "advance", "launch")


def text_of(error: BaseException) -> str:
    """What an exception says; a learner's own may not be able to."""
    try:
        return str(error)[:2000]
    except BaseException:  # noqa: BLE001
        return "it cannot say what"
