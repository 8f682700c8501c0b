"""What Master reads: pure functions from values to cards. Nothing here knows a clock or a socket."""
