"""Synthetic worlds: deterministic, endless, seeded, with the true change mask of every frame.

To add a scene, write a module with a function that takes a seed and gives a
:class:`~stream_ae.scenes.scene.Scene`: a background drawn with
:class:`~stream_ae.scenes.drawing.Drawing`, and actors from ``actors.py`` that show figures from
``people.py``, ``animals.py``, ``vehicles.py`` and ``scenery.py``, in the colours of
``palette.py``. Then

- add a line to :data:`SCENES`, and ``scene:<name>`` is a source. A place for ``scene:cuts`` goes
  to ``cuts/`` and to the end of :data:`CUTS` instead; that makes the round longer, so figures
  measured on ``scene:cuts`` beyond its first 2,000 frames are no longer comparable.
- add a test of the same name that calls ``check_place`` of ``tests/support/scenes.py``.

May import ``stream_ae.frame`` and ``stream_ae.errors``.
"""

from collections.abc import Callable

from stream_ae.scenes import pan, quiet, street
from stream_ae.scenes.cuts import belt, gallery, nature, sea, town
from stream_ae.scenes.scene import Scene

__all__ = ["CUTS", "CUT_EVERY", "SCENES", "Scene"]

CUT_EVERY = 200
"""Frames from one cut to the next in ``scene:cuts``."""

CUTS: tuple[Callable[[int], Scene], ...] = (
    nature.park,
    town.night,
    belt.belt,
    sea.coast,
    gallery.gallery,
    town.motorway,
    sea.reef,
    town.platform,
    nature.ski_slope,
    nature.desert,
)
"""The places of ``scene:cuts`` in their order; after 2,000 frames the first one is back."""

SCENES: dict[str, tuple[Callable[[int], Scene], ...]] = {
    "cuts": CUTS,
    "pan": (pan.pan,),
    "quiet": (quiet.quiet,),
    "street": (street.street,),
}
"""Every scene by its name: the places that it shows in turn, each made from a seed."""
