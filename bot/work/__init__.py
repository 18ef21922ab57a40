"""What the program does, a verb a file: opens the transactions, asks the rules, says what views put into words."""
