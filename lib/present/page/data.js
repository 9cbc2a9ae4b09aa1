// data.js: what the program wrote into the page, decoded.
//
// The scripts of this folder are joined into one, in the order of lib/present/meson.build. The page is whole without them:
// they put live pictures in the places of static ones.
//
// report-data: {"classes": [{"name", "color"}, ...], "runs": [{"name", "index", "label", "pred", "views": [...]}, ...]}
// A view: {"title", "dim": 2 or 3, "unit": the points have length 1, "x": (n, dim), "centers": (classes, dim)}, and its own
// "index", "label" and "pred" where it is of other samples than the run's. Arrays are little-endian in base64: int32 for
// index, label and pred (-1: none), float32 for coordinates (not-a-number: none).
'use strict';

const report = JSON.parse(document.getElementById('report-data').textContent);

function decode(base64, Type) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Type(bytes.buffer);
}

function decodeSamples(from) {
  for (const key of ['index', 'label', 'pred']) from[key] = decode(from[key], Int32Array);
}

for (const run of report.runs) {
  decodeSamples(run);
  for (const view of run.views) {
    if (view.index) decodeSamples(view);
    view.samples = view.index ? view : run;
    view.x = decode(view.x, Float32Array);
    view.centers = decode(view.centers, Float32Array);
  }
}

// What the reader has chosen, for all runs at once.
const choice = {
  hidden: new Set(), // classes
  mistakes: false, // only samples that were taken for another class
  unit: false, // embeddings divided by their length
};

function isShown(run, i) {
  return !choice.hidden.has(run.label[i]) && !(choice.mistakes && run.label[i] === run.pred[i]);
}

// The numbers of the samples of a view to draw.
function shownSamples(view) {
  const chosen = [];
  for (let i = 0; i < view.samples.label.length; i++) if (isShown(view.samples, i)) chosen.push(i);
  return chosen;
}

// The centers of a view to draw: {class, at}.
function shownCenters(view) {
  const chosen = [];
  for (let c = 0; c * view.dim < view.centers.length; c++) {
    const at = view.centers.subarray(c * view.dim, (c + 1) * view.dim);
    if (!choice.hidden.has(c) && at.every(Number.isFinite)) chosen.push({class: c, at: at});
  }
  return chosen;
}

// Coordinate `axis` of each of the points, as the reader wants them.
function coordinate(view, points, axis) {
  return points.map((at) => at[axis] / (choice.unit && view.dim === 3 ? Math.hypot(...at) || 1 : 1));
}

function className(c) {
  return c < 0 ? 'none' : report.classes[c].name;
}

function describe(run, i) {
  const verdict = run.pred[i] < 0 ? 'no prediction'
    : run.pred[i] === run.label[i] ? 'predicted right' : 'predicted ' + className(run.pred[i]);
  return 'sample ' + run.index[i] + ' · class ' + className(run.label[i]) + ' · ' + verdict;
}
