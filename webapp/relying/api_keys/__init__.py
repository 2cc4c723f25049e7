"""API keys: who may call often, by a secret that the counter makes once."""
