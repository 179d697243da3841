"""Tables: reading and writing them in blocks of rows, and converting their columns to arrays."""
