"""A run of the controller itself: carried forward by the hand-over, back by the guard."""
