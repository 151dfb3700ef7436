"""Starts `latebloom serve` on a lab as a person would, and opens the address that it prints: page, cookie, data."""

import json
import re
import subprocess
import sys
from http.cookiejar import CookieJar
from urllib.request import HTTPCookieProcessor, build_opener

command, lab = sys.argv[1:3]
with subprocess.Popen(
    [command, "serve", "--lab", lab], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
) as server:
    assert server.stdout
    try:
        address = next(
            found[0] for line in server.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+/\S*", line))
        )
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        page = browser.open(address, timeout=30).read().decode()
        root = re.match(r"http://[^/]+", address)[0]
        script = re.search(r'src="\.?/?(assets/[^"]+\.js)"', page)[1]
        assert len(browser.open(f"{root}/{script}", timeout=30).read()) > 10_000, "the page has no program"
        runs = json.loads(browser.open(f"{root}/api/runs", timeout=30).read())["runs"]
        assert len(runs) == 10, f"{len(runs)} runs are shown, not 10"
        print(f"the page and {len(runs)} runs are served")
    finally:
        server.terminate()
        server.wait(30)
