"""Rules that find the traps of backends in a definition before anything is pushed."""
