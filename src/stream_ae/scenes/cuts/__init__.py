"""The scenes that ``scene:cuts`` shows in turn.

May import the actors and the drawing of ``stream_ae.scenes``.
"""
