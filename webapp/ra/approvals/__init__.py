"""What a second person decides, and the acts that ask first."""
