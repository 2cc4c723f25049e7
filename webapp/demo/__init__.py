"""A demo centre: its folder, its people, its pages."""
