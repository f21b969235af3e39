"""The arithmetic that every frame needs, in loops compiled by Numba where they can run.

The only package that imports Numba, and the one place that decides between a compiled loop and
plain tensor operations: a caller gives tensors on any device, and never has to ask.

May import ``stream_ae.frame`` and ``stream_ae.errors``.
"""
