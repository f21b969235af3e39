"""Where the program begins: from here on Ctrl-C ends it in one line, while the rest is loaded.

What is imported by then is little, so that the interpreter's own way of ending, a traceback, has
hardly any time in which it could be seen.
"""

import signal
import sys

from stream_ae.runs.signals import handled, leave


def main() -> int:
    """Run ``stream-ae`` and return its exit code."""
    with handled(signal.SIGINT, leave):
        from stream_ae.cli import program
    return program.main(sys.argv[1:])


def quick_start() -> int:
    """Run ``quick_start.py`` and return its exit code."""
    with handled(signal.SIGINT, leave):
        from stream_ae.cli import program
    return program.quick_start(sys.argv[1:])
