"""The relay's rules, which know neither Flask nor Socket.IO nor Redis."""
