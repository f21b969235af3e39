"""Observers of the loop: metrics, progress, journal, checkpoints, filmstrip, TensorBoard, alerts.

Each is told of every step, or of what is found in it, and changes nothing that is learned. May
import ``learning`` and what lies below.
"""

from stream_ae.observers.alerts import EventCommand, Mqtt, Webhook
from stream_ae.observers.checkpoint import Checkpointer, load_latest
from stream_ae.observers.clips import Clips
from stream_ae.observers.filmstrip import Filmstrip, Snapshot
from stream_ae.observers.findings import FindingsObserver
from stream_ae.observers.findings_curves import FindingsCurves
from stream_ae.observers.findings_scalars import FindingsScalars
from stream_ae.observers.images import panel
from stream_ae.observers.journal import Journal
from stream_ae.observers.progress import Progress
from stream_ae.observers.summary import Metrics
from stream_ae.observers.tensorboard.board import Board
from stream_ae.observers.tensorboard.findings_board import FindingsBoard
from stream_ae.observers.tensorboard.server import BoardServer
from stream_ae.observers.thumbnails import Thumbnails

__all__ = [
    "Board",
    "BoardServer",
    "Checkpointer",
    "Clips",
    "EventCommand",
    "Filmstrip",
    "FindingsBoard",
    "FindingsCurves",
    "FindingsObserver",
    "FindingsScalars",
    "Journal",
    "Metrics",
    "Mqtt",
    "Progress",
    "Snapshot",
    "Thumbnails",
    "Webhook",
    "load_latest",
    "panel",
]
