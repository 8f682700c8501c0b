"""Leaves one line a run, so that runs can be counted."""

import pathlib
import time

import knobs

with pathlib.Path("/migrated/versions").open("a") as versions:
    versions.write(f"{knobs.VERSION}\n")
time.sleep(knobs.MIGRATION_SECONDS)
print("migrated")
