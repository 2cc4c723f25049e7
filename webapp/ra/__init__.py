"""The operator's counter."""
