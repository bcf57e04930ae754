"""Chromium, as somebody's browser."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """This machine's Chromium; nothing is downloaded, and where there is none the test is skipped."""
    found = shutil.which("chromium")
    if found is None:
        assert "CI" not in os.environ, "CI is to look at the pages"
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
