"""What changed in a frame.

May import ``kernels``, ``storage`` and what lies below.
"""
