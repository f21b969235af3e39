"""Loops compiled by Numba, for the arithmetic that every frame needs.

The only package that imports Numba. May import ``stream_ae.frame`` and ``stream_ae.errors``.
"""
