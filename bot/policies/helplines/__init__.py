"""Help lines for people in danger, by country: `helplines.toml`."""
