"""Statistics that are gathered block by block and merged across shards."""
