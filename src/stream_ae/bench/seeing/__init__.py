"""Measuring what watching finds: labelled streams, methods that are compared, scores, pictures.

May import the rest of ``stream_ae`` but ``cli``; the protocols stand above.
"""
