"""How much memory the process has taken."""

import resource
import sys


def peak_rss_mib() -> float:
    """Highest resident memory of this process so far, in MiB (getrusage(2))."""
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
