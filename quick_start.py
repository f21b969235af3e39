"""Learn a stream and look at what was learned: mode 1 writes a report, mode 2 shows it live.

Without arguments, on a terminal, it asks which. ``quick_start.py --mode 1 --source clip.mp4`` asks
nothing; the options of ``stream-ae train`` can follow.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "src"))  # it need not be installed

from stream_ae.cli.entry import quick_start


def main() -> int:
    """Hand the arguments on and return the exit code."""
    return quick_start()


if __name__ == "__main__":
    sys.exit(main())
