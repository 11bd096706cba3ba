// A visitor of the page: it moves the controls as a hand or a keyboard does,
// writes down what it sees, and leaves that in the document for the test.
"use strict";
{
  const find = id => document.getElementById(id);
  const text = e => e.textContent.trim().replaceAll("−", "-");
  const look = () => ({
    words: text(find("words")),
    case: find("verdict").dataset.case,
    objective: document.querySelector("#objective .chosen").getAttribute("d"),
    gradient: document.querySelector("#gradient .chosen").getAttribute("d"),
    label: find("objective").getAttribute("aria-label"),
    rows: [...document.querySelectorAll("#rows tr")].map(tr => [...tr.cells].map(text)),
    current: document.querySelectorAll("#rows tr[aria-current=true]").length,
    settings: Object.fromEntries([...document.querySelectorAll("input[type=range]")].map(i => [i.id, i.valueAsNumber])),
  });
  const enter = (id, value) => {
    const input = find(id);
    input.focus();
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const step = (id, steps) => { // what an arrow key does
    const slider = find(id);
    slider.focus();
    steps > 0 ? slider.stepUp(steps) : slider.stepDown(-steps);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // Contrast of an element's text to what lies behind it, after WCAG 2.2.
  const channels = colour => colour.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const contrast = e => {
    const style = getComputedStyle(e), front = channels(e instanceof SVGElement ? style.fill : style.color);
    const [low, high] = [light(front), light(behind(e))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  const seen = { narrow: document.documentElement.scrollWidth <= innerWidth, width: innerWidth };
  seen.dark = matchMedia("(prefers-color-scheme: dark)").matches;
  seen.start = look();
  seen.unnamed = [...document.querySelectorAll("input, select, svg[role=img]")]
    .filter(e => !e.labels?.length && !e.getAttribute("aria-label")).map(e => e.outerHTML);
  seen.headless = [...document.querySelectorAll("thead th:not([scope=col]), tbody th:not([scope=row])")].length;

  step("ratio", -60);
  seen.moved = look();
  enter("advantage", -1);
  seen.bad = look();
  enter("advantage", 0);
  seen.zero = look();
  enter("advantage", -1);
  step("dual", 1);
  seen.dualOn = look();
  step("dual", -1);
  seen.dualOff = look();
  enter("low-number", "2");
  seen.invalid = look();
  seen.problem = text(find("low-problem"));
  seen.marked = find("low-number").getAttribute("aria-invalid");
  enter("low-number", "0.35");
  seen.typed = look();
  const focusable = document.hasFocus() ? "input, select, button" : "nothing"; // a window without focus outlines nothing
  seen.outlines = [...document.querySelectorAll(focusable)]
    .filter(e => !e.closest("[hidden]")).filter(e => { e.focus(); return getComputedStyle(e).outlineStyle === "none"; })
    .map(e => e.outerHTML);
  seen.faint = [...document.querySelectorAll("body *")]
    .filter(e => !(e instanceof HTMLScriptElement) && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .filter(e => e.checkVisibility()).map(e => [contrast(e).toFixed(2), text(e).slice(0, 30)])
    .filter(([c]) => c < 4.5).map(String);
  seen.variants = {};
  for (const option of find("variant").options) {
    find("variant").value = option.value;
    find("variant").dispatchEvent(new Event("input", { bubbles: true }));
    seen.variants[option.value] = look();
  }
  document.querySelector("button[type=reset]").click();
  seen.reset = look();
  const report = document.createElement("pre");
  report.id = "report";
  report.textContent = JSON.stringify(seen);
  document.body.append(report);
}
