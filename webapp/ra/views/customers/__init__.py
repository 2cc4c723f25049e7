"""Pages of the counter about customers: their record, and how they are registered."""
