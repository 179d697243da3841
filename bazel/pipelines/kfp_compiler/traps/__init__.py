"""What a backend does with a definition, found before anything is pushed."""
