"""What is said about the policy: file, packs, versions, in plain words."""
