"""Server Agent: answers queued messages and, every now and then, does a piece of work on its own."""

__version__ = "1.0.0"
