"""What may leave: columns by permission, recoding at a demanded k, measured risk, tables that give nobody away."""
