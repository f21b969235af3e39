"""TensorBoard: the event files, what is written into them, and the server that shows them.

May import ``learning`` and what lies below.
"""
