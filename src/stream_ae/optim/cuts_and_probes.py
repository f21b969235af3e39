"""When a loss counts as a cut and when a step is probed: all thresholds of both, side by side.

Two rules ask whether the stream was cut. They answer different questions, so their thresholds
differ. The same holds for the two probes. A change of one is no reason to change the other.
"""

BOUND_CUT = 1.3
"""A loss over this many times its running mean is a cut to the step-size bound. A false alarm costs
one forward pass and a missed cut a step that overshoots, so it is low."""

SCENE_CUT = 2.0
"""A loss over this many times its running mean begins a new scene to the learner. A false alarm
costs five more updates on each of the next twelve frames, so it is high."""

BOUND_PROBE_EVERY = 16
"""Steps from one probe of the step-size bound to the next. The curvature that it measures changes
slowly, and each probe costs a forward pass; every second step gained nothing
(docs/experiments/step-size-bound.md)."""

REPORT_PROBE_EVERY = 8
"""Frames from one measured step to the next, for optimizers that do not measure themselves. It is
for the report only, so that overshoots of any optimizer can be compared."""

BOUND_PROBED_FIRST = 5
"""Steps at the start that are all probed: the bound knows nothing before it has measured."""
