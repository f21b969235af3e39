"""Synthetic worlds: deterministic, endless, seeded, with the true change mask of every frame.

May import ``stream_ae.frame`` and ``stream_ae.errors``.
"""
