"""What is done about the policy: file, packs, versions, in plain words."""
