"""What relying parties and signers use: verification, signed documents, API keys."""
