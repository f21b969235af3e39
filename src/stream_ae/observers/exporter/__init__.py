"""A run for those who watch many: Prometheus metrics, and whether it lives and gets on.

``readings`` keeps the newest numbers, ``families`` names them, ``pages`` writes them down and
``server`` serves them. May import ``learning`` and what lies below.
"""
