"""The log as operators read it."""
