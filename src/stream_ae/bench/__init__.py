"""Measuring: trials, the streams and contestants of a benchmark, its results.

May import ``reports``, ``runs`` and what lies below.
"""
