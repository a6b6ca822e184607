"""How many attacks there are, class by class: `python tests/attack_count.py` prints it, as .ci/run does."""

from collections import Counter

import attack_files
import test_attacks_restarts
from test_attacks import TAMPERED


def count() -> Counter:
    """Class -> how many."""
    found = Counter(attack.family for attack in attack_files.read(attack_files.FOLDER))
    return found + Counter({"tampered notebooks": len(TAMPERED), "restarts": len(test_attacks_restarts.RESTARTS)})


if __name__ == "__main__":
    print("\n".join(f"{each:4} {name.replace('_', ' ')}" for name, each in sorted(count().items())))
    print(f"{count().total():4} attacks in {len(count())} classes")
