"""What dtschema says, in words that name the cause."""
