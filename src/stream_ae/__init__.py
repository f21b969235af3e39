"""stream-ae learns a video stream while it watches it, one frame at a time."""
