"""Predictions that need no network or no learning, measured on the same frames.

May import ``nn``, ``learning`` and what lies below.
"""
