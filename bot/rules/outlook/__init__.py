"""What is decided about what comes: forecast, next steps, a customer's timeline."""
