"""``python -m stream_ae`` is ``stream-ae``."""

import sys

from stream_ae.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
