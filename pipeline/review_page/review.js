// The review's page: a queue of readings, one shown at a time, the next ones fetched ahead.

const AHEAD = 6; // rows fetched before they are shown
const KEPT = 40; // rows that stay in memory, for going back
const LETTERS = "abcde";
const FILTERS = ["doubtful", "all", "corrected", "errors"];
const SVG = "http://www.w3.org/2000/svg";

const at = (id) => document.getElementById(id);
const field = at("label");

let rows = []; // {number, failed, doubtful, verdict}, the most doubtful first
let filter = "doubtful";
let shown = null; // the row that is shown, or null
let details = null; // what the server told of it
let handled = []; // rows that were given a verdict, the last one last
let sending = Promise.resolve();
let unsent = 0;
const fetched = new Map(); // number -> promise of its details, pictures loaded

function belongs(row, name) {
  if (name === "errors") return row.failed;
  if (name === "corrected") return row.verdict === "corrected";
  if (name === "doubtful") return row.doubtful;
  return true;
}

const members = () => rows.filter((row) => row === shown || belongs(row, filter));
const isOpen = (row) => row.verdict === null || filter === "corrected";

// The members after a row, round to those before it.
function after(row) {
  const all = members();
  const place = all.indexOf(row);
  return place < 0 ? all : [...all.slice(place + 1), ...all.slice(0, place)];
}

async function asked(address, options) {
  const response = await fetch(address, { cache: "no-store", ...options });
  if (!response.ok) throw new Error((await response.text()) || response.statusText);
  return response.json();
}

function fetchRow(number) {
  if (!fetched.has(number)) {
    fetched.set(number, loadRow(number));
    fetched.get(number).catch(() => fetched.delete(number));
    for (const old of [...fetched.keys()].slice(0, Math.max(0, fetched.size - KEPT))) {
      fetched.delete(old);
    }
  }
  return fetched.get(number);
}

async function loadRow(number) {
  const told = await asked(`rows/${number}`);
  told.images = {};
  await Promise.all(
    Object.keys(told.pictures).map(async (name) => {
      const image = new Image();
      image.alt = `${told.file}, ${name === "near" ? "the number from near" : "the whole picture"}`;
      image.src = `pictures/${number}/${name}`;
      told.images[name] = image;
      await image.decode();
    }),
  );
  return told;
}

async function show(row) {
  shown = row;
  details = null;
  drawCounts();
  at("empty").hidden = row !== null;
  at("form").hidden = row === null;
  if (row === null) {
    for (const id of ["near", "whole", "about", "reading"]) at(id).replaceChildren();
    at("problem").hidden = true;
    return;
  }
  fetchAhead(row);
  try {
    const told = await fetchRow(row.number);
    if (shown === row) draw(told);
  } catch (error) {
    if (shown === row) alarm(`This reading can't be fetched: ${error.message}`);
  }
}

function fetchAhead(row) {
  for (const next of after(row).filter(isOpen).slice(0, AHEAD)) fetchRow(next.number);
}

function draw(told) {
  details = told;
  const page = told.page === null ? "" : `, page ${told.page}`;
  const part = told.field === null ? "" : `, ${told.field}`;
  const sure = told.confidence === null ? "" : ` · ${(100 * told.confidence).toFixed(1)} % sure`;
  const verdict = shown.verdict === null ? "" : ` · ${shown.verdict}`;
  at("about").textContent = told.file + page + part + sure + verdict;
  const missing = told.problem === null ? "" : `No picture: ${told.problem}`;
  at("problem").textContent = told.error ?? missing;
  at("problem").hidden = !(told.error ?? missing);
  for (const name of ["near", "whole"]) drawPicture(at(name), told, name);
  drawReading(told);
  drawAlternatives(told);
  field.inputMode = /\d\s\d/.test(told.text) ? "text" : "numeric";
  fill(shown.said ?? told.label ?? told.text);
  window.scrollTo(0, 0);
}

function drawPicture(place, told, name) {
  const box = told.pictures[name];
  place.replaceChildren();
  if (!box) return;
  const [top, left, bottom, right] = box;
  const [width, height] = [right - left, bottom - top];
  place.style.aspectRatio = `${width} / ${height}`;
  const room = told.pictures.near ? name : "alone";
  place.style.width = `min(100%, var(--${room}-height) * ${width / height})`;
  const overlay = document.createElementNS(SVG, "svg");
  overlay.setAttribute("viewBox", `${left} ${top} ${width} ${height}`);
  overlay.setAttribute("preserveAspectRatio", "none");
  for (const digit of told.digits) {
    const [y, x, down, across] = digit.box;
    const rect = document.createElementNS(SVG, "rect");
    const sides = { x, y, width: across - x, height: down - y, stroke: digit.colour };
    for (const [key, value] of Object.entries(sides)) rect.setAttribute(key, value);
    rect.classList.toggle("doubt", digit.doubtful);
    overlay.append(rect);
  }
  place.append(told.images[name], overlay);
}

function drawReading(told) {
  const parts = [];
  for (const [place, digit] of told.digits.entries()) {
    if (place && told.digits[place - 1].line !== digit.line) parts.push(" ");
    const part = document.createElement("span");
    part.textContent = digit.value;
    part.style.borderColor = digit.colour;
    part.title = `${(100 * digit.confidence).toFixed(1)} % sure`;
    parts.push(part);
  }
  if (!parts.length) {
    const none = document.createElement("span");
    none.className = "none";
    none.textContent = told.error === null ? told.text || "no number was read" : "not read";
    parts.push(none);
  }
  at("reading").replaceChildren(...parts);
}

function drawAlternatives(told) {
  const buttons = told.alternatives.slice(0, LETTERS.length).map((other, place) => {
    const button = document.createElement("button");
    const key = document.createElement("kbd");
    const share = document.createElement("small");
    key.textContent = LETTERS[place].toUpperCase();
    share.textContent = `${(100 * other.probability).toFixed(0)} %`;
    button.type = "button";
    button.append(key, ` ${other.text || "no number"} `, share);
    button.addEventListener("click", () => fill(other.text));
    return button;
  });
  at("alternatives").replaceChildren(...buttons);
}

function drawCounts() {
  for (const button of at("filters").children) {
    const name = button.dataset.filter;
    button.setAttribute("aria-pressed", String(name === filter));
    button.querySelector("b").textContent = rows.filter((row) => belongs(row, name)).length;
  }
  const own = rows.filter((row) => belongs(row, filter));
  const left = own.filter((row) => row.verdict === null).length;
  at("left").textContent = unsent ? `${left} left, ${unsent} being saved` : `${left} left`;
  at("done").max = Math.max(1, own.length);
  at("done").value = own.length - left;
  at("undo").disabled = !handled.length && shown?.verdict === null;
}

function fill(text) {
  field.value = text;
  drawSave();
  field.focus({ preventScroll: true });
  field.select();
}

const cleaned = (text) => text.replace(/[^0-9]+/g, " ").trim();

function drawSave() {
  const same = details && details.error === null && cleaned(field.value) === cleaned(details.text);
  const nothing = details && details.error !== null && cleaned(field.value) === "";
  at("save").classList.toggle("corrects", !same && !nothing);
  at("save").firstElementChild.textContent = nothing ? "Skip" : same ? "Accept" : "Correct";
}

function alarm(text) {
  at("alarm").textContent = text;
  at("alarm").hidden = !text;
}

// Send what is said of a row, one after the other; the page goes on meanwhile.
function send(row, label) {
  unsent += 1;
  sending = sending.then(async () => {
    try {
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify({ label });
      const told = await asked(`rows/${row.number}`, { method: "POST", keepalive: true, headers, body });
      row.verdict = told.verdict;
      alarm("");
    } catch (error) {
      row.verdict = null;
      alarm(`Not saved: ${error.message}`);
      show(row);
    } finally {
      unsent -= 1;
      drawCounts();
    }
  });
}

function save() {
  if (!details) return;
  const label = cleaned(field.value);
  if (details.error !== null && label === "") return skip();
  const row = shown;
  const same = details.error === null && label === cleaned(details.text);
  row.verdict = same ? "accepted" : "corrected";
  row.said = label;
  handled = [...handled.filter((each) => each !== row), row];
  send(row, label);
  skip();
}

function undo() {
  const row = shown?.verdict ? shown : handled.at(-1);
  if (!row) return;
  handled = handled.filter((each) => each !== row);
  row.verdict = null;
  delete row.said;
  fetched.delete(row.number);
  send(row, null);
  show(row);
}

const skip = () => show(after(shown).find(isOpen) ?? (shown && isOpen(shown) ? shown : null));

function step(direction) {
  const all = members();
  const row = all[all.indexOf(shown) + direction];
  if (row) show(row);
}

function choose(name) {
  filter = name;
  const own = rows.filter((row) => belongs(row, name));
  show(own.find(isOpen) ?? null);
}

const commands = {
  s: skip,
  u: undo,
  n: () => fill(""),
  f: () => choose(FILTERS[(FILTERS.indexOf(filter) + 1) % FILTERS.length]),
  z: () => document.body.classList.toggle("large"),
  arrowup: () => step(-1),
  pageup: () => step(-1),
  arrowdown: () => step(1),
  pagedown: () => step(1),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  const key = event.key.toLowerCase();
  const other = LETTERS.indexOf(key);
  if (commands[key]) commands[key]();
  else if (key.length === 1 && other >= 0) at("alternatives").children[other]?.click();
  else if (key.length === 1 && /[^0-9 ]/.test(key)) field.focus();
  else return;
  event.preventDefault();
});

field.addEventListener("input", () => {
  const wanted = field.value.replace(/[^0-9 ]/g, " ");
  if (wanted !== field.value) field.value = wanted;
  drawSave();
});
at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
at("skip").addEventListener("click", skip);
at("undo").addEventListener("click", undo);
at("back").addEventListener("click", () => step(-1));
at("filters").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) choose(button.dataset.filter);
});
window.addEventListener("beforeunload", (event) => {
  if (unsent) event.preventDefault();
});

try {
  const queue = await asked("queue");
  rows = queue.rows;
  at("name").textContent = queue.name;
  document.title = `Review of ${queue.name}`;
  choose(rows.some((row) => belongs(row, "doubtful") && isOpen(row)) ? "doubtful" : "all");
} catch (error) {
  alarm(`The readings can't be fetched: ${error.message}`);
}
