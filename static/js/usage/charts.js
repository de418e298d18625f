// Draws #chart-data with uPlot. The tables on the page show the same numbers.

import { afterSwap } from "../events.js";
import { stackedColumns } from "../pure/geometry.js";
import { dayLabels } from "../pure/moments.js";

let data; // of the page, or null without runs
const HEIGHT = 180; // pixels
const A_DAY = 24 * 3600; // seconds
const HALF_A_DAY = A_DAY / 2;
const labelOf = dayLabels();
let plots = [];

// uPlot needs plain colours, and the theme's light-dark() has a value only on an element.
function ink(name) {
  const swatch = document.createElement("i");
  swatch.className = `ink-${name}`;
  document.body.append(swatch);
  const { color } = getComputedStyle(swatch);
  swatch.remove();
  return color;
}

function draw(node) {
  const names = node.dataset.plot.split(" ");
  const inks = (node.dataset.inks ?? "1 2").split(" ").map(ink);
  const series = node.dataset.kind === "bars" ? bars : points;
  const options = {
    width: node.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    // The columns are the project's days, each at its midnight in UTC. The reader's zone must not
    // move them.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: {
      x: { range: (_plot, first, last) => [first - HALF_A_DAY, last + HALF_A_DAY] },
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
    },
    axes: axes(),
    series: [{}, ...names.map((_name, number) => series(inks[number]))],
  };
  return new uPlot(options, [data.days, ...stackedColumns(data, names)], node);
}

// Whole days only: uPlot would put hours between the days of a short period.
const days = {
  incrs: [1, 2, 7, 14, 30, 61].map((count) => count * A_DAY),
  space: 60, // pixels from label to label
  values: (_plot, splits) => splits.map(labelOf),
  size: 32,
};

function axes() {
  const axis = {
    stroke: ink("text"),
    grid: { stroke: ink("line"), width: 1 },
    ticks: { show: false },
    font: "11px InterVar, sans-serif",
  };
  return [
    { ...axis, ...days, grid: { show: false } },
    { ...axis, size: 56 },
  ];
}

const bars = (colour) => ({
  stroke: colour,
  fill: colour,
  width: 0,
  spanGaps: true,
  points: { show: false },
  paths: uPlot.paths.bars({ size: [0.7, 24] }),
});

const points = (colour) => ({
  stroke: colour,
  width: 2,
  spanGaps: true,
  points: { show: true, size: 5, fill: colour },
});

function drawAll() {
  for (const plot of plots) plot.destroy();
  data = JSON.parse(document.getElementById("chart-data")?.textContent ?? "null");
  plots = data ? [...document.querySelectorAll("[data-plot]")].map(draw) : [];
}

addEventListener("load", drawAll);
afterSwap(({ target }) => {
  if (target.id === "found") drawAll();
});
addEventListener("resize", () => {
  for (const plot of plots) {
    plot.setSize({ width: plot.root.parentElement.clientWidth, height: HEIGHT });
  }
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new MutationObserver(drawAll).observe(document.documentElement, {
  attributeFilter: ["data-theme"],
});
