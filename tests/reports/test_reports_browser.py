"""The HTML report in a real browser: read from ``file://``, used with mouse and keyboard."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_samples import COUNTEREXAMPLE, describe, perfect_run, sample_run, sample_runs
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from reports.publish import write_reports
from specs.rules import load_catalogue

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

LOW_CONTRAST = """
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
function over(colours) {
  canvas.clearRect(0, 0, 1, 1);
  for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
}
function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const found = new Map();
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || element.closest(".unseen, script, [hidden]") || !element.checkVisibility()) continue;
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    layers.unshift(getComputedStyle(at).backgroundColor);
  }
  const colour = getComputedStyle(element).color;
  const pair = [luminance(over(layers)), luminance(over([...layers, colour]))].sort();
  const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  if (ratio < 4.5) found.set(`${element.tagName}.${element.className}`, ratio.toFixed(2));
}
return [...found].map((entry) => entry.join(" "));
"""


def installed(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.fail(
            f"{program} is not installed, and the report has to be tried in a real browser; "
            "install it: apt-get install chromium chromium-driver"
        )
    return path


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = installed("chromium")
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(installed("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_reports(sample_runs(), tmp_path_factory.mktemp("four")).html.as_uri()


@pytest.fixture
def page(driver: webdriver.Chrome, address: str) -> Iterator[webdriver.Chrome]:
    """The report of four candidates, freshly opened; no test may leave a console message."""
    open_page(driver, address)
    yield driver
    assert [entry["message"] for entry in driver.get_log("browser")] == []


def open_page(
    driver: webdriver.Chrome, address: str, width: int = 1280, dark: bool = False
) -> None:
    """A fresh page: a change of only the fragment would not load it again."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.get("about:blank")
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    driver.get(address)


def one(page: webdriver.Chrome, selector: str) -> WebElement:
    return page.find_element(By.CSS_SELECTOR, selector)


def ask(page: webdriver.Chrome, script: str, *values: object) -> Any:
    return page.execute_script(script, *values)  # type: ignore[no-untyped-call]


def shown_rules(page: webdriver.Chrome) -> list[str]:
    """Ids of the rules whose rows in the matrix can be seen."""
    script = (
        "return [...document.querySelectorAll('tr[data-rule]')]"
        ".filter((row) => row.checkVisibility()).map((row) => row.dataset.rule)"
    )
    return list(ask(page, script))


def ids(*families: str) -> list[str]:
    return [rule.id for rule in load_catalogue() if rule.family in families]


def click(page: webdriver.Chrome, selector: str) -> None:
    """Click in the middle of the window, where the sticky head of the matrix covers nothing."""
    target = one(page, selector)
    ask(page, "arguments[0].scrollIntoView({ block: 'center' })", target)
    target.click()


def choose(page: webdriver.Chrome, name: str, value: str) -> None:
    one(page, f'label:has(input[name="{name}"][value="{value}"])').click()


# --- reading ------------------------------------------------------------------------------------


def test_the_page_loads_without_any_request(driver: webdriver.Chrome, address: str) -> None:
    driver.get_log("performance")
    open_page(driver, address)
    sent = [
        message["params"]
        for entry in driver.get_log("performance")
        if (message := json.loads(entry["message"])["message"])["method"]
        == "Network.requestWillBeSent"
    ]
    # The browser's own start page may still be loading; what counts is what our page asks for.
    asked = [params["request"]["url"] for params in sent if params["documentURL"] == address]
    assert address in asked
    assert all(url == address or url.startswith("data:") for url in asked), asked
    assert driver.get_log("browser") == []


def test_the_matrix_shows_covered_families_and_folds_the_others(page: webdriver.Chrome) -> None:
    assert one(page, "h1").text == "4 loaders, 46 rules"
    assert shown_rules(page) == ids("HD", "FL")
    cell = one(page, '[data-rule="FL-02"] td:nth-of-type(2)')
    assert cell.text.split() == ["differs", "vendor", "differs", "seed", "inconclusive"]
    assert "not covered" in one(page, "#not-covered").text.lower()


def test_landmarks_and_table_headers_are_there(page: webdriver.Chrome) -> None:
    for selector in ("header", "main", "footer", "nav[aria-label]", "form[role=search]"):
        assert one(page, selector)
    without = "return document.querySelectorAll('th:not([scope])').length"
    assert ask(page, without) == 0
    nameless = (
        "return [...document.querySelectorAll('button, a, input, summary')].filter((e) =>"
        " !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).length"
    )
    assert ask(page, nameless) == 0


def test_a_verdict_is_never_told_by_colour_alone(page: webdriver.Chrome) -> None:
    bare = (
        "return [...document.querySelectorAll('.mark')].filter((m) =>"
        " !m.querySelector('.word')?.textContent.trim()"
        " || !document.querySelector(m.querySelector('use').getAttribute('href'))).length"
    )
    assert ask(page, bare) == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_has_enough_contrast(driver: webdriver.Chrome, address: str, dark: bool) -> None:
    open_page(driver, address, dark=dark)
    ask(driver, "for (const d of document.querySelectorAll('details')) d.open = true")
    assert ask(driver, LOW_CONTRAST) == []


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
@pytest.mark.parametrize("candidates", [1, 4, 9])
def test_the_page_never_scrolls_sideways(
    driver: webdriver.Chrome, tmp_path: Path, width: int, candidates: int
) -> None:
    more = [sample_run(describe(f"loader-with-a-long-name-{n}")) for n in range(5)]
    runs = [perfect_run()] if candidates == 1 else [*sample_runs(), *more][:candidates]
    open_page(driver, write_reports(runs, tmp_path).html.as_uri(), width)
    ask(driver, "for (const d of document.querySelectorAll('details')) d.open = true")
    widest, window = ask(driver, "return [document.documentElement.scrollWidth, innerWidth]")
    assert widest <= window == width


def test_the_head_of_the_matrix_stays_in_view(page: webdriver.Chrome) -> None:
    ask(page, "document.querySelector('[data-rule=FL-01], [data-rule=\"FL-01\"]').scrollIntoView()")
    top = ask(page, "return document.querySelector('.matrix thead th').getBoundingClientRect().top")
    assert top == pytest.approx(0, abs=1)


# --- filters ------------------------------------------------------------------------------------


def test_search_narrows_matrix_and_sections(page: webdriver.Chrome) -> None:
    one(page, "#search").send_keys("errlimit pauses")
    assert shown_rules(page) == ["FL-12"]
    assert one(page, "#found").text == "1 of 97 rules"
    visible = [a for a in page.find_elements(By.CSS_SELECTOR, "article.rule") if a.is_displayed()]
    assert [article.get_attribute("id") for article in visible] == ["FL-12"]
    one(page, "#search").send_keys(Keys.ESCAPE)
    assert shown_rules(page) == ids("HD", "FL")


def test_search_finds_rules_that_are_folded_away(page: webdriver.Chrome) -> None:
    one(page, "#search").send_keys("cp-0")
    assert shown_rules(page) == [f"CP-0{n}" for n in range(1, 10)]


def test_a_search_without_result_says_so_and_can_be_cleared(page: webdriver.Chrome) -> None:
    one(page, "#search").send_keys("zebra")
    assert shown_rules(page) == []
    assert one(page, ".nothing").is_displayed()
    one(page, "#clear").click()
    assert shown_rules(page) == ids("HD", "FL")
    assert not one(page, ".nothing").is_displayed()


def test_filter_by_verdict_and_family(page: webdriver.Chrome) -> None:
    choose(page, "verdict", "differs")
    assert shown_rules(page) == ["FL-02"]
    choose(page, "verdict", "not_covered")
    assert shown_rules(page) == ids("ST", "CP")
    choose(page, "family", "ST")
    assert shown_rules(page) == ids("ST")
    choose(page, "verdict", "inconclusive")
    assert shown_rules(page) == []
    choose(page, "family", "FL")
    assert shown_rules(page) == ["FL-02", "FL-03", "FL-12", "FL-25", "FL-26"]


def test_families_fold_and_unfold(page: webdriver.Chrome) -> None:
    button = one(page, 'tbody.family[data-family="CP"] button')
    button.click()
    assert shown_rules(page) == ids("HD", "FL", "CP")
    assert button.get_attribute("aria-expanded") == "true"
    button.click()
    assert shown_rules(page) == ids("HD", "FL")


# --- a rule -------------------------------------------------------------------------------------


def test_clicking_a_rule_opens_its_section_again_and_again(page: webdriver.Chrome) -> None:
    details = one(page, "#FL-02 details")
    assert details.get_attribute("open") is None
    for _ in range(2):
        click(page, '[data-rule="FL-02"] a')
        WebDriverWait(page, 5).until(lambda _: details.get_attribute("open") is not None)
        assert one(page, "#FL-02 .statement").is_displayed()
        click(page, "#FL-02 summary")
        assert details.get_attribute("open") is None


def test_a_section_tells_source_editions_classes_and_the_counterexample(
    page: webdriver.Chrome,
) -> None:
    click(page, '[data-rule="FL-02"] a')
    section = one(page, "#FL-02")
    for expected in (
        "Sources",
        "documented",
        "200 examples",
        "Counterexample",
        "under edition vendor",
    ):
        assert expected in section.text
    marked = section.find_elements(By.CSS_SELECTOR, ".observed td.marked")
    assert len(marked) == 5
    assert all("≠" in cell.text for cell in marked)
    signs = [e.get_attribute("title") for e in section.find_elements(By.CSS_SELECTOR, "pre .sign")]
    assert {"line feed", "carriage return", "tab", "blank"} <= set(signs)
    section.find_element(By.CSS_SELECTOR, ".classes summary").click()
    WebDriverWait(page, 5).until(lambda _: "different keys, equal row hash" in section.text)
    click(page, '[data-rule="FL-03"] a')
    assert "Editions" in one(page, "#FL-03 aside").text


def test_the_command_is_copied(page: webdriver.Chrome) -> None:
    click(page, '[data-rule="FL-02"] a')
    button = one(page, '#FL-02 button[aria-label="Copy: In a shell"]')
    ask(page, "window.copied = ''; navigator.clipboard.writeText = async (t) => { copied = t }")
    button.click()
    WebDriverWait(page, 5).until(lambda _: button.text == "Copied")
    assert ask(page, "return copied") == COUNTEREXAMPLE.replay
    ask(page, "navigator.clipboard.writeText = async () => { throw new Error('refused') }")
    script = one(page, '#FL-02 button[aria-label="Copy: Script"]')
    script.click()
    WebDriverWait(page, 5).until(lambda _: script.text == "Copied")


@pytest.mark.parametrize("anchor", ["FL-02", "CP-22", "counterexample-2-21"])
def test_deep_links_open_what_they_name(
    driver: webdriver.Chrome, address: str, anchor: str
) -> None:
    open_page(driver, f"{address}#{anchor}")
    target = driver.find_element(By.ID, anchor)
    assert target.is_displayed()
    assert ask(driver, "return arguments[0].closest('.rule').children[0].open", target)
    box = ask(driver, "return arguments[0].getBoundingClientRect().top", target)
    assert 0 <= box < 900


def test_a_deep_link_to_a_filtered_rule_clears_the_filter(page: webdriver.Chrome) -> None:
    one(page, "#search").send_keys("hd-01")
    ask(page, "location.hash = 'FL-02'")
    WebDriverWait(page, 5).until(lambda _: one(page, "#FL-02").is_displayed())
    assert one(page, "#FL-02 .statement").is_displayed()
    assert one(page, "#search").get_attribute("value") == ""


# --- keyboard, theme, print ---------------------------------------------------------------------


def test_everything_can_be_done_from_the_keyboard(page: webdriver.Chrome) -> None:
    body = one(page, "body")
    body.send_keys(Keys.TAB)
    assert page.switch_to.active_element.text == "Skip to the matrix"
    body.send_keys("/")
    assert page.switch_to.active_element.get_attribute("id") == "search"
    page.switch_to.active_element.send_keys("fl-02", Keys.TAB)
    family = page.switch_to.active_element
    assert family.get_attribute("name") == "family"
    ring = "return getComputedStyle(arguments[0].nextElementSibling).outlineStyle"
    assert ask(page, ring, family) == "solid"
    family.send_keys(Keys.TAB)
    page.switch_to.active_element.send_keys(Keys.TAB)
    link = page.switch_to.active_element
    assert link.get_attribute("href").endswith("#FL-02")
    link.send_keys(Keys.ENTER)
    WebDriverWait(page, 5).until(lambda _: page.switch_to.active_element.tag_name == "summary")
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert one(page, "#FL-02 details").get_attribute("open") is None


def test_the_theme_can_be_chosen(page: webdriver.Chrome) -> None:
    paper = "return getComputedStyle(document.body).backgroundColor"
    light = ask(page, paper)
    button = one(page, "#theme")
    button.click()
    assert ask(page, paper) == light
    button.click()
    assert button.get_attribute("aria-label") == "Colour theme: dark"
    assert ask(page, paper) != light
    page.refresh()
    assert ask(page, paper) != light
    one(page, "#theme").click()
    assert ask(page, paper) == light


def test_print_shows_everything(page: webdriver.Chrome) -> None:
    closed = "return document.querySelectorAll('details:not([open])').length"
    before = ask(page, closed)
    ask(page, "dispatchEvent(new Event('beforeprint'))")
    assert ask(page, closed) == 0
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not one(page, ".filters").is_displayed()
    assert one(page, "#FL-02 .statement").is_displayed()
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    ask(page, "dispatchEvent(new Event('afterprint'))")
    assert ask(page, closed) == before
