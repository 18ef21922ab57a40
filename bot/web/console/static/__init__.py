"""What pages load: plain style sheets and scripts, as they are."""
