"""The assistant's addresses at the public edge."""
