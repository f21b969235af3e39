"""Optimizers: :class:`BoundedGD`, the default, and what it is compared with.

May import ``kernels``, ``storage`` and what lies below.
"""
