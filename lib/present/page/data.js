// data.js: what the program wrote into the page, decoded.
//
// The scripts of this folder are joined into one, in the order of lib/present/meson.build. The page is whole without them:
// they put live pictures in the places of static ones.
//
// report-data: {"classes": [{"name", "color"}, ...], "runs": [{"name", "index", "label", "pred", "views": [...]}, ...]}
// A view: {"title", "dim": 2 or 3, "embeddings": not a projection, "unit": drawn at length 1 unless the reader wants
// otherwise, "x": (n, dim), "centers": (classes, dim)}, and its own "index", "label" and "pred" where it is of other samples
// than the run's. Arrays are little-endian in base64: int32 for index, label and pred (-1: none), float32 for coordinates
// (not-a-number: none).
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
  unit: null, // embeddings divided by their length; null: each as its static picture
};

function isShown(run, i) {
  return !choice.hidden.has(run.label[i]) && !(choice.mistakes && run.label[i] === run.pred[i]);
}

function isUnit(view) {
  return view.embeddings && (choice.unit === null ? view.unit : choice.unit);
}

// Rows at length 1; what has no direction has no place.
function directions(x, dim) {
  const unit = new Float32Array(x.length);
  for (let i = 0; i < x.length; i += dim) {
    const length = Math.hypot(...x.subarray(i, i + dim)) || NaN;
    for (let d = 0; d < dim; d++) unit[i + d] = x[i + d] / length;
  }
  return unit;
}

// The "x" or "centers" of a view as the reader wants them.
function coordinates(view, key) {
  if (!isUnit(view)) return view[key];
  view.directions = view.directions || {x: directions(view.x, view.dim), centers: directions(view.centers, view.dim)};
  return view.directions[key];
}

// The numbers of the samples of a view to draw.
function shownSamples(view) {
  const chosen = [];
  for (let i = 0; i < view.samples.label.length; i++) if (isShown(view.samples, i)) chosen.push(i);
  return chosen;
}

// The centers of a view to draw: {class, at}.
function shownCenters(view) {
  const centers = coordinates(view, 'centers'), chosen = [];
  for (let c = 0; c * view.dim < centers.length; c++) {
    const at = centers.subarray(c * view.dim, (c + 1) * view.dim);
    if (!choice.hidden.has(c) && at.every(Number.isFinite)) chosen.push({class: c, at: at});
  }
  return chosen;
}

function className(c) {
  return c < 0 ? 'none' : report.classes[c].name;
}

function describe(run, i) {
  const verdict = run.pred[i] < 0 ? 'no prediction'
    : run.pred[i] === run.label[i] ? 'predicted right' : 'predicted ' + className(run.pred[i]);
  return 'sample ' + run.index[i] + ' · class ' + className(run.label[i]) + ' · ' + verdict;
}
