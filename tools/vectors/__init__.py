"""What the bridge's test vectors are made of; `tools.make_vectors` writes them."""
