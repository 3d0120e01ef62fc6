"""The demo's content: reviews with their licences beside them, products, and pictures of our own."""
