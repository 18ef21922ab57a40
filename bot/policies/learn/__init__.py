"""Lessons of `/learn`, in a folder for each language: one Markdown file for each lesson."""
