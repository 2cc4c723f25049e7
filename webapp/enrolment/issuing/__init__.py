"""The end of an application: what is ordered, issued and replaced, and its receipt."""
