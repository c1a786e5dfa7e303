"""Prints the Chromium that the browser tests use: one named by CHROMIUM_PATH, Playwright's own, or the system's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium that is there, or None. Playwright's own comes first unless CHROMIUM_PATH is set."""
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named if Path(named).exists() else None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    return next((path for name in SYSTEM_NAMES if (path := shutil.which(name))), None)


if __name__ == "__main__":
    path = find_chromium()
    if path is None:
        sys.exit("No Chromium was found.")
    subprocess.run([path, "--version"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    sys.stdout.write(path + "\n")
