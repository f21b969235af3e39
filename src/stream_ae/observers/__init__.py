"""Observers of the loop: metrics, progress, journal, checkpoints, filmstrip, TensorBoard.

Each is told of every step and changes nothing that is learned. May import ``learning`` and what
lies below.
"""

from stream_ae.observers.checkpoint import Checkpointer, load_latest
from stream_ae.observers.filmstrip import Filmstrip, Snapshot
from stream_ae.observers.images import panel
from stream_ae.observers.journal import Journal
from stream_ae.observers.progress import Progress
from stream_ae.observers.summary import Metrics
from stream_ae.observers.tensorboard.board import Board
from stream_ae.observers.tensorboard.server import BoardServer

__all__ = [
    "Board",
    "BoardServer",
    "Checkpointer",
    "Filmstrip",
    "Journal",
    "Metrics",
    "Progress",
    "Snapshot",
    "load_latest",
    "panel",
]
