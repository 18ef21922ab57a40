"""Texts about the policy: file, packs, versions, explained in words."""
