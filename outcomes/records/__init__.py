"""What is stored: tables, sessions, the audit trail, and the queries that read them."""
