"""The controller replaces itself: its image, its two processes in containers, and two hands between."""
