"""Many cameras on many machines: an actor of Ray for each, around the run that ``watch`` is.

Ray starts, places, restarts and counts the actors; here is only what it does not know: what a
camera is, how a run is begun and ended, and what is told of it. Ray is imported in :mod:`.engine`
alone. May import ``web``, ``reports``, ``runs`` and what lies below.
"""
