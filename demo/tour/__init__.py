"""The tour: the real stack on this machine, and a person in a local chat who deploys with it."""
