"""Work on what comes next: forecast, next steps, a customer's timeline."""
