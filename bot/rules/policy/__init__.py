"""Rules of the policy: file, packs, versions, explained in words."""
