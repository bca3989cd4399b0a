"""What happens, shown while it happens: `hub` spreads it, `feed` gives one run's without a gap."""
