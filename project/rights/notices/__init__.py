"""What is public about disputes: the form to report an item, the private page of a notice, statements of reasons."""
