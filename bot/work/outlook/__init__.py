"""What is done about what comes: forecast, next steps, a customer's timeline."""
