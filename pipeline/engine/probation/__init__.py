"""Probation: the watch over a release after it was put into production, and what follows from it."""
