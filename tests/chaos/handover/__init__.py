"""Faults at the hand-over: bot and worker are containers, and replace themselves."""
