"""What a run leaves to read: its report as text and JSON, and what its test reports say."""
