"""The command `course`. Each sub-command imports what it needs, and returns its exit status."""

import argparse
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
    return top


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


if __name__ == "__main__":
    sys.exit(main())
