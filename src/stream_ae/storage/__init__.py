"""Files that are whole or absent: written beside their place, then moved into it.

May import ``stream_ae.frame`` and ``stream_ae.errors``.
"""
