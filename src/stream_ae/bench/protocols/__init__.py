"""The questions a benchmark can ask, a file each, named as on the command line.

May import the rest of ``stream_ae.bench``.
"""

from stream_ae.bench.protocols import (
    forgetting,
    grid,
    in_stream,
    long,
    out_of_stream,
    plasticity,
    scenes,
    sensitivity,
)

PARTS = {
    part.PROTOCOL.name: part.PROTOCOL
    for part in (
        in_stream,
        grid,
        sensitivity,
        out_of_stream,
        forgetting,
        plasticity,
        scenes,
        long,
    )
}
"""The parts of the benchmark of learning, by their names on the command line."""
