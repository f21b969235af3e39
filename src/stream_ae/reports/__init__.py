"""What a run says afterwards: the report and the summary in one screen.

May import ``runs``, ``observers`` and what lies below.
"""
