"""Reads a clinic's own table: bytes to rows, rows to columns, columns to a plan of what an import would write."""
