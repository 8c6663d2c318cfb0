"""What a person types: thin commands, one file for each kind of work. The work itself is done elsewhere."""
