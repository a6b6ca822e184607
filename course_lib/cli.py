"""The command `course`. Each sub-command imports what it needs, and returns its exit status."""

import argparse
import shlex
import sys
from pathlib import Path

from course_lib.errors import UserError


def main(arguments: list[str] | None = None) -> int:
    """Run one sub-command. Status 2, with one sentence, for anything that was typed wrongly."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options)
    except UserError as error:
        print(f"course: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="course", description="Glass Machines: parallel deep learning you can see through."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    sub = commands.add_parser("doctor", help="say what this machine has, and what that means for the course")
    sub.set_defaults(run=doctor)

    sub = commands.add_parser("check", help="check the answers in an exercise notebook")
    sub.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="a notebook from exercises/")
    sub.set_defaults(run=check)

    sub = commands.add_parser("release", help="generate exercises/ from the masters in solutions/")
    sub.add_argument("--check", action="store_true", help="write nothing; fail if exercises/ is not what they generate")
    sub.set_defaults(run=release)

    sub = commands.add_parser("grade", help="mark a folder of submissions into a gradebook (for instructors)")
    sub.add_argument("exercise", metavar="EXERCISE", help="its name, or the beginning before the first _")
    sub.add_argument("submissions", type=Path, metavar="DIR", help="holds a folder for each learner")
    sub.add_argument("--db", type=Path, required=True, metavar="FILE", help="the gradebook; made if it is not there")
    sub.add_argument("--secret-file", type=Path, required=True, metavar="FILE", help="what the tests' inputs come from")
    sub.add_argument("--jobs", type=int, default=1, metavar="N", help="how many submissions at once (1)")
    sub.add_argument("--sandbox", choices=["bubblewrap", "landlock"], help="accept this one only (the best there is)")
    sub.set_defaults(run=grade)

    sub = commands.add_parser("report", help="show a gradebook as pages and as files for learning platforms")
    sub.add_argument("db", type=Path, metavar="DB", help="the gradebook that course grade wrote")
    sub.add_argument("out", type=Path, metavar="OUT", help="the folder to write to")
    sub.add_argument("--terms", type=Path, metavar="FILE", help="a table: when exercises are due, and what is extra")
    sub.add_argument("--received", type=Path, metavar="FILE", help="a table: when each notebook came")
    sub.set_defaults(run=report)

    sub = commands.add_parser("mutants", help="try every small mistake in the reference answers: a test must fail it")
    sub.add_argument("exercise", metavar="EXERCISE", help="its name, or the beginning before the first _")
    sub.add_argument("--question", metavar="NAME", help="this one only (all)")
    sub.add_argument("--jobs", type=int, default=2, metavar="N", help="how many mutants at once (2)")
    sub.add_argument("--most", type=int, metavar="N", help="how many of a kind in each question (12); 0 for all")
    sub.set_defaults(run=mutants)

    sub = commands.add_parser("push-nbgrader", help="put marks into an nbgrader course, for marking by hand")
    sub.add_argument("db", type=Path, metavar="DB", help="the gradebook that course grade wrote")
    sub.add_argument("course", type=Path, metavar="COURSE", help="the folder of an nbgrader course, or an empty one")
    sub.add_argument("--submissions", type=Path, metavar="DIR", help="what was marked, for formgrader to show")
    sub.add_argument("--terms", type=Path, metavar="FILE", help="as for course report")
    sub.add_argument("--received", type=Path, metavar="FILE", help="as for course report")
    sub.set_defaults(run=push_nbgrader)

    sub = commands.add_parser("selftest", help="mark answers whose marks are known, as a class is marked")
    sub.add_argument("exercises", nargs="*", metavar="EXERCISE", help="which exercises (all)")
    sub.add_argument("--sandbox", choices=["bubblewrap", "landlock"], help="accept this one only (the best there is)")
    sub.add_argument("--seeds", type=int, default=0, metavar="N", help="also try N different inputs of every test (0)")
    sub.set_defaults(run=selftest)

    sub = commands.add_parser("measure", help="time the course's programs on this machine's GPU, and write the record")
    kinds = sub.add_subparsers(required=True, metavar="WHAT")
    sub = _measured(kinds, "matmul", "every rung of the ladder of matrix products against cuBLAS")
    sub.add_argument("--sizes", type=int, nargs="+", metavar="N", help="rows and columns (512 to 16384 by twos)")
    sub.add_argument("--rungs", nargs="+", metavar="RUNG", help="names of rungs, such as tiled wgmma (all)")
    sub.set_defaults(run=measure_matmul)
    sub = _measured(kinds, "conv", "every algorithm of convolution against cuDNN, and which is the fastest when")
    sub.add_argument("--layers", nargs="+", metavar="LAYER", help='names of layers, such as "VGG 3.2" (all)')
    sub.add_argument("--seconds", type=float, default=120, help="for which is the fastest when (120)")
    sub.set_defaults(run=measure_conv)
    return top


def _measured(kinds, what: str, text: str) -> argparse.ArgumentParser:
    """What all measurements can be asked for."""
    sub = kinds.add_parser(what, help=text)
    sub.add_argument("--rounds", type=int, default=11, help="paired rounds; their median counts (11)")
    sub.add_argument("--longest", type=float, default=1.0, help="seconds: what takes longer is left out (1)")
    sub.add_argument("--output", type=Path, metavar="FILE", help=f"where the record goes (measured/{what}_DEVICE.json)")
    return sub


def doctor(options: argparse.Namespace) -> int:
    from course_lib import doctor

    found = doctor.report()
    print(found)
    return 0 if found.ready else 1


def check(options: argparse.Namespace) -> int:
    from course_lib.grading import check

    return check.main(options.notebook)


def release(options: argparse.Namespace) -> int:
    from course_lib.grading import release

    return release.main(Path(__file__).parent.parent, options.check)


def grade(options: argparse.Namespace) -> int:
    from course_lib.grading import grade

    where = options.submissions, options.db, options.secret_file
    return grade.main(options.exercise, *where, options.jobs, options.sandbox)


def report(options: argparse.Namespace) -> int:
    from course_lib.grading import report

    return report.main(options.db, options.out, options.terms, options.received)


def mutants(options: argparse.Namespace) -> int:
    from course_lib.grading import exercises, grade
    from course_lib.grading.mutation import command

    most = command.MOST if options.most is None else options.most
    if options.jobs < 1 or most < 0:
        raise UserError("--jobs is at least 1, and --most at least 0; correct them")
    exercise = exercises.find(grade.resolve(options.exercise, exercises.SOLUTIONS))
    return command.main(exercise, options.question, options.jobs, most)


def push_nbgrader(options: argparse.Namespace) -> int:
    from course_lib.grading import handmark

    return handmark.main(options.db, options.course, options.submissions, options.terms, options.received)


def selftest(options: argparse.Namespace) -> int:
    import secrets

    from course_lib.grading import exercises, grade, sandboxed, selftest

    if options.seeds < 0:
        raise UserError(f"--seeds is a number of at least 0, but {options.seeds} came; correct it")
    names = [grade.resolve(name, exercises.SOLUTIONS) for name in options.exercises] or exercises.names()
    found = [exercises.find(name) for name in names]
    return selftest.main(found, sandboxed.choose(options.sandbox), secrets.token_bytes(32), options.seeds)


def measure_matmul(options: argparse.Namespace) -> int:
    from course_lib.matmul import measure, records

    sizes = options.sizes or measure.SIZES
    if min(sizes) < 1 or options.rounds < 1:
        raise UserError("sizes and rounds are integers of at least 1; correct --sizes or --rounds")
    keep = _keeping(records, options.output)
    told = measure.record(sizes, options.rungs, options.rounds, options.longest, _command(), keep)
    return _written(records.write(told, options.output))


def measure_conv(options: argparse.Namespace) -> int:
    from course_lib.conv import measure, records

    if options.rounds < 1:
        raise UserError("rounds are an integer of at least 1; correct --rounds")
    keep = _keeping(records, options.output)
    told = measure.record(options.layers, options.rounds, options.longest, options.seconds, _command(), keep)
    return _written(records.write(told, options.output))


def _command() -> str:
    return shlex.join(["course", *sys.argv[1:]])


def _keeping(records, output: Path | None):
    """Shows and writes what there is so far: a measurement takes minutes, and may be cut short."""

    def keep(told: dict, line: str) -> None:
        print(line, flush=True)
        records.write(told, output)

    return keep


def _written(record) -> int:
    """Status 1 if something gave a wrong result."""
    print(f"{record}\nwritten to {record.file}")
    return 1 if record.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
