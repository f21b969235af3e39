"""Small streams that are no video, to compare optimizers on networks that are not ours."""
