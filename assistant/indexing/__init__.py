"""From published items to passages and vectors, and back to nothing when an item no longer passes."""
