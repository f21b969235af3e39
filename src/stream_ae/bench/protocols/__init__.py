"""The questions a benchmark can ask, a file each, named as on the command line.

May import the rest of ``stream_ae.bench``.
"""
