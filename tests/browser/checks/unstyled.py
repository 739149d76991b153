"""Find classes in a page that no style sheet of the page has a rule for."""

import re

from playwright.sync_api import Page

# For scripts and tests, or for the look that an element has anyway.
HOOKS = re.compile(r"htmx-\w+|field-\w+|ready|done")
CLASSES_WITHOUT_RULE = """() => {
    const styled = new Set();
    const read = (rules) => [...rules].forEach((rule) => {
        const selector = rule.selectorText ?? "";
        for (const [, name] of selector.matchAll(/\\.([\\w-]+)/g)) styled.add(name);
        if (rule.styleSheet) read(rule.styleSheet.cssRules);
        if (rule.cssRules) read(rule.cssRules);
    });
    [...document.styleSheets].forEach((sheet) => read(sheet.cssRules));
    const elements = [...document.querySelectorAll("[class]:not(.swagger-ui *)")];
    const used = elements.flatMap((it) => [...it.classList]);
    return [...new Set(used)].filter((name) => !styled.has(name));
}"""


def classes_without_rule(page: Page) -> set[str]:
    names = page.evaluate(CLASSES_WITHOUT_RULE)
    return {name for name in names if not HOOKS.fullmatch(name)}
