"""What is stored about the policy: file, packs, versions, in plain words."""
