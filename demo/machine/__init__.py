"""What the demo and the tests need from the machine: Docker, Compose and the two base images."""
