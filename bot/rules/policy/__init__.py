"""What is decided about the policy: file, packs, versions, in plain words."""
