"""The edge to Docker: compose files through the compose command, the rest through the Engine API."""
