"""The watch beside the runs: what becomes a problem. Each watcher is a function of what is seen over time."""
