"""Which fault is tried at which stages, and why there: one row a fault."""
