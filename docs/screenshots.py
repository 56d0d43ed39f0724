"""The README's picture of the viewer: a run's page on a desktop, in the dark, and on a phone.

python docs/screenshots.py runs/demo     writes docs/viewer.jpg; wants the extra dev and Chromium
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from recon3d.server.app import Answers
from recon3d.server.opening import open_show
from recon3d.server.serving import serving

OUTPUT = Path(__file__).parent / "viewer.jpg"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
DESKTOP, PHONE = {"width": 1180, "height": 844}, {"width": 390, "height": 844}
GAP = 16


def opened(browser: Browser, link: str, **context: Any) -> Page:
    page = browser.new_context(**context).new_page()
    page.goto(link)
    while not page.evaluate("window.recon3d !== undefined"):
        page.wait_for_timeout(50)
    page.evaluate("recon3d.settled()")
    return page


def picture(page: Page) -> Image.Image:
    page.evaluate("recon3d.settled()")
    page.wait_for_timeout(800)  # for photos and panels
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def click(page: Page, *tests: str) -> None:
    for test in tests:
        page.click(f'[data-test="{test}"]')


def with_cameras(page: Page) -> Image.Image:
    """The frustums of the cameras with their photos."""
    click(page, "toggle-frustums", "tab-cameras")
    page.mouse.move(400, 400)
    page.mouse.wheel(0, 500)
    page.wait_for_timeout(4000)
    return picture(page)


def with_a_crop(page: Page) -> Image.Image:
    """Half of it cut away, on black."""
    click(page, "background-black", "tab-edit", "box")
    return picture(page)


def main() -> None:
    show = open_show(Path(sys.argv[1]))
    with serving(Answers(lambda: show), port=0) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        light = with_cameras(opened(browser, address.link, viewport=DESKTOP, color_scheme="light"))
        dark = with_a_crop(opened(browser, address.link, viewport=DESKTOP, color_scheme="dark"))
        phone = opened(browser, address.link, viewport=PHONE, color_scheme="light", has_touch=True, is_mobile=True)
        small = picture(phone)
        browser.close()
    pictures = [light, dark, small]
    sheet = Image.new("RGB", (sum(p.width for p in pictures) + GAP * (len(pictures) - 1), DESKTOP["height"]), "#9aa1ab")
    left = 0
    for each in pictures:
        sheet.paste(each, (left, 0))
        left += each.width + GAP
    sheet.save(OUTPUT, quality=82)


if __name__ == "__main__":
    main()
