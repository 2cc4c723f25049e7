"""What is looked at before a centre starts."""
