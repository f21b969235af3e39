"""The live page: a run as it happens, in any browser.

A server in a process of its own reads the run folder and is given pictures only while somebody
looks. Its modules load neither PyTorch nor the rest of the program, but for :mod:`.page` and
:mod:`.process`, which belong to the learner's side. May import ``runs`` and what lies below.
"""
