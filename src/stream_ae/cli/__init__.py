"""The command line: arguments to calls, errors to one line and an exit code.

May import everything.
"""
