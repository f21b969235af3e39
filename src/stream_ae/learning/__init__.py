"""Predict, score, then learn: the learner, its step, and the loop around it.

May import ``detection``, ``nn``, ``optim``, ``sources`` and what lies below.
"""
