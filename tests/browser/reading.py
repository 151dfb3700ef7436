"""Reads charts as people do who press t: as tables."""

from typing import Any

from playwright.sync_api import Locator, Page, expect


def table_of(page: Page, testid: str) -> list[list[str]]:
    """Show a chart as a table and read its rows; the heads are the first."""
    chart = page.get_by_test_id(testid)
    button = chart.get_by_role("button", name="as a table")
    if button.get_attribute("aria-pressed") != "true":
        button.click()
    table = chart.locator(".table table")
    expect(table.locator("tbody tr").first).to_be_visible()
    return rows_of(table)


def rows_of(table: Locator) -> list[list[str]]:
    """Read the cells of a table, row by row."""
    return table.evaluate(
        "table => [...table.rows].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )


def answer_of(page: Page, address: str) -> Any:
    """Ask the server as the page does, again and again while what is asked for is being computed."""
    while "pending" in (
        answer := page.evaluate("address => fetch(address).then(got => got.json())", address)
    ):
        page.wait_for_timeout(200)
    return answer


def number(cell: str) -> float:
    """Read a number that the page wrote."""
    return float(cell.replace(",", "").replace("−", "-").removesuffix(" %"))


def drawn(canvas: Locator) -> int:
    """Count the colours of a canvas; a blank one has one."""
    return canvas.evaluate(
        """canvas => {
            const {width, height} = canvas;
            const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, width, height).data.buffer);
            return new Set(pixels).size;
        }"""
    )
