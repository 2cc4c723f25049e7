"""Key files as people have them: folders, PKCS#12, and what opening them may cost."""
