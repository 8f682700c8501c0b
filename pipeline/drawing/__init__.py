"""Figures as a picture, drawn by a process of its own: who asks for one never imports what draws it."""
