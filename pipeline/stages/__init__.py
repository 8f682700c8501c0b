"""The stages of the road, one file each: `run(journey)` does the work and gives the result."""
