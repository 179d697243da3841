"""Tables: read and written in blocks of rows, and their columns as arrays of numbers."""
