"""Work on the policy: file, packs, versions, explained in words."""
