"""What the commands of the release are made of."""
