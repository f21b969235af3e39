"""The network, and what it is judged by.

May import ``kernels``, ``storage`` and what lies below.
"""
