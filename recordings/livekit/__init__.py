"""LiveKit, spoken in our own words. Nothing outside this folder imports the vendor."""
