"""Instructions in which the lanes of a warp work together. Their C functions are in warp.h.

Each takes its operands as 32 lanes, the mask of the lanes that take part, and writes 32 lanes and a predicate.
"""

from typing import NamedTuple


class Collective(NamedTuple):
    """function: in warp.h; results: the types of "d" or "d|p"; operands: their types, in order."""

    function: str
    results: tuple[str, ...]
    operands: tuple[str, ...]
    members: int | None  # which operand names the lanes that must take part; None: whoever is here


SHUFFLES = {f"shfl.sync.{mode}.b32": f"shuffle_{mode}" for mode in ("up", "down", "bfly", "idx")}
COLLECTIVES = {o: Collective(f, ("u32", "pred"), ("u32", "u32", "u32", "u32"), 3) for o, f in SHUFFLES.items()}
COLLECTIVES |= {
    f"vote.sync.{k}.pred": Collective(f"vote_{k}", ("pred",), ("pred", "u32"), 1) for k in ("any", "all", "uni")
}
COLLECTIVES |= {
    "vote.sync.ballot.b32": Collective("vote_ballot", ("u32",), ("pred", "u32"), 1),
    "match.any.sync.b32": Collective("match_any32", ("u32",), ("u32", "u32"), 1),
    "match.any.sync.b64": Collective("match_any64", ("u32",), ("u64", "u32"), 1),
    "match.all.sync.b32": Collective("match_all32", ("u32", "pred"), ("u32", "u32"), 1),
    "match.all.sync.b64": Collective("match_all64", ("u32", "pred"), ("u64", "u32"), 1),
    "activemask.b32": Collective("active_mask", ("u32",), (), None),
    "vprintf": Collective("print_lanes", ("u32",), ("u64", "u64"), None),  # ours: a call of printf (printf.h)
    "isspacep.shared": Collective("in_shared", ("pred",), ("u64",), None),
    "isspacep.local": Collective("in_local", ("pred",), ("u64",), None),
    "isspacep.global": Collective("in_global", ("pred",), ("u64",), None),
    "movmatrix.sync.aligned.m8n8.trans.b16": Collective("transpose_8x8", ("u32",), ("u32",), None),
    "elect.sync": Collective("elect", ("u32", "pred"), ("u32",), 0),
}
for operation in ("add", "min", "max", "and", "or", "xor"):
    for t in ("b32",) if operation in ("and", "or", "xor") else ("s32", "u32"):
        function = f"reduce_{operation}_{t}"
        COLLECTIVES[f"redux.sync.{operation}.{t}"] = Collective(function, ("u32",), ("u32", "u32"), 1)
