"""Who had whom work in one trace: agents their models, tools and retrievers, decisions their branches."""

from collections.abc import Mapping

from watchkeeper.exporter.watch.kept import MAX_NAME
from watchkeeper.model import Edge, Status

# An agent of thirty tools is one that chooses badly; of each kind the rest is one edge, so that sums stay right.
MAX_EDGES = 32
# So many edges of a trace take the memory of one run of a tool that it keeps.
EDGES_OF_A_WEIGHT = 4
_UNKNOWN = "unknown"
_OTHER = "other"
# A source that only the whole trace tells: its outermost agent, or else its service.
OUTERMOST = ""

# Source, target and outcome; source and target are a kind and a name.
Key = tuple[str, str, Status]
# How often, and nanoseconds in all: None where nothing reported any.
Times = tuple[int, int | None]


def part(kind: str, name: str) -> str:
    """The name of an edge's end."""
    return f"{kind}:{name[:MAX_NAME] or _UNKNOWN}"


def source_of(agent: str) -> str:
    """The source of what an agent had done; of what names no agent it is the outermost one."""
    return part("agent", agent) if agent else OUTERMOST


def count_edge(edges: dict[Key, Times], key: Key, duration_ns: int | None) -> int:
    """Count an edge once more, and return how much heavier the trace is."""
    if key not in edges and len(edges) >= MAX_EDGES:
        kind = key[1].partition(":")[0]
        key = (OUTERMOST, part(kind, _OTHER), key[2])
    before = len(edges)
    edges[key] = _sum(edges.get(key, (0, None)), (1, duration_ns))
    return int(len(edges) > before and len(edges) % EDGES_OF_A_WEIGHT == 0)


def edges_of(edges: Mapping[Key, Times], service: str, agent: str, run: tuple[Status, int]) -> tuple[Edge, ...]:
    """All edges, sorted; ``run`` is the outcome and the nanoseconds of the whole, for which the service has its agent.

    Some frameworks report the run of one agent as several spans, one within another: that is no edge.
    """
    status, duration_ns = run
    outermost = source_of(agent) or part("service", service)
    found: dict[Key, Times] = {(part("service", service), outermost, status): (1, duration_ns)} if agent else {}
    for (source, target, outcome), times in edges.items():
        key = (source or outermost, target, outcome)
        if key[0] != target:
            found[key] = _sum(found.get(key, (0, None)), times)
    return tuple(Edge(*key, *times) for key, times in sorted(found.items()))


def _sum(one: Times, other: Times) -> Times:
    durations = [duration_ns for _, duration_ns in (one, other) if duration_ns is not None]
    return one[0] + other[0], sum(durations) if durations else None
