"""What the user's compose file says: services, deployment labels, x-pipeline."""
