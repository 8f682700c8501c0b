"""The values of the pipeline: no clock, no socket, no file."""
