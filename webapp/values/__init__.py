"""What people type and send, in the one spelling that is stored. Pure."""
