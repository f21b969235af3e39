"""The command line: arguments to calls, errors to one line and an exit code.

:func:`main` runs it from Python: ``main(["train", "clip.mp4"])``. May import everything.
"""

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        argv: the words after ``stream-ae``; None takes those of the process.
    """
    from stream_ae.cli import program  # so that the package itself loads nothing

    return program.main(argv)
