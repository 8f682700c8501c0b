"""What is done to a run: each deed waits for its moment, strikes, and says so."""
