"""Drives runs: the road of each kind, what follows on a failure, who may act."""
