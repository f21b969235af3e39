"""One run from its options to its folder.

May import ``observers``, ``learning`` and what lies below.
"""
