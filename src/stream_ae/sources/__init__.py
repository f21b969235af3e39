"""Where frames come from: files, folders, cameras, games, synthetic scenes.

May import ``kernels``, ``scenes``, ``storage`` and what lies below.
"""
