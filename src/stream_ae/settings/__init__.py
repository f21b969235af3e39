"""What can be asked for by name, and what is taken where nothing is said.

The command line reads its arguments with this alone, without the half second or two that loading
PyTorch takes. May import nothing of this program.
"""
