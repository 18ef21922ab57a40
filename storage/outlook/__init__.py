"""What is stored about what comes: forecast, next steps, a customer's timeline."""
