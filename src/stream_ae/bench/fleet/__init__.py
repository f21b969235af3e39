"""Measuring a fleet: what a camera costs, what Ray adds, what a kill costs, and thousands of them
in a simulation.

May import the rest of ``stream_ae`` but ``cli``; the protocols stand above.
"""
