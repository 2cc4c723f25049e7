"""Measurements that end by themselves: `python -m benchmarks.<name> [--json]`."""
