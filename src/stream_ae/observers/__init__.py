"""Observers of the loop: metrics, progress, journal, checkpoints, pictures, TensorBoard.

May import ``learning`` and what lies below.
"""
