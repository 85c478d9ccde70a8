// Shows the songs of /api/jobs, uploads dropped files, and opens the reports named in the fragment of the address: one id,
// or two joined by `+`. Texts of songs and of the server are inserted as text, never as markup.
"use strict";

const at = (id) => document.getElementById(id);
const shown = new Map(); // id -> { row, parts, kind, fit }
const uploads = new Map(); // id of a row -> { file, request }
const announced = new Set();
let largest = Infinity;
let isFirstLook = true;
let isSending = false;

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const percent = (fit) => `${Math.round(fit * 100)} %`;
const megabytes = (bytes) => `${Math.round(bytes / (1 << 20))} MB`;
const nameOf = (fit) => fit.title || fit.file;
/** `orchestral_epic` as `Orchestral epic`, as the report has it. */
const listName = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
const say = (text) => { at("news").textContent = text; };

// --- What a song's row says, by its state ---------------------------------------------------------------------------

const LEVELS = { good_fit: ["Good fit", ""], possible_fit: ["Possible fit", "possible"], no_good_fit: ["No good fit", "none"] };

function bar(name, value) {
  const made = element("progress", { max: 1 });
  if (value !== null) made.value = value;
  made.setAttribute("aria-label", name);
  return made;
}

const STATES = {
  sending: (fit) => [
    element("p", { className: "small", textContent: fit.share === null ? "Waiting to be sent" : `Sent ${percent(fit.share)}` }),
    bar(`Sending ${fit.file}`, fit.share ?? 0),
  ],
  queued: (fit) => [
    element("p", {
      className: "small",
      textContent: fit.position === 1 ? "Next in the queue" : `Position ${fit.position} in the queue`,
    }),
  ],
  analysing: (fit) => {
    const { analysed_seconds: analysed, duration_seconds: duration } = fit;
    const isThrough = duration && analysed >= duration;
    const words = isThrough
      ? "Analysed; checking how far small changes move the fit"
      : `Analysed ${minutes(analysed)}${duration ? ` of ${minutes(duration)}` : ""}`;
    return [
      element("p", { className: "small", textContent: words }),
      bar(`Analysing ${fit.file}`, duration && !isThrough ? analysed / duration : null),
    ];
  },
  failed: (fit) => [element("p", { textContent: fit.error })],
  done: (fit) => {
    const [level, look] = LEVELS[fit.verdict.level] ?? ["", "none"];
    const report = `/reports/${fit.id}/report`;
    const stem = fit.file.replace(/\.[^.]*$/, "");
    const link = (text, href, properties) => {
      const made = element("a", { href, textContent: text, ...properties });
      made.append(element("span", { className: "unseen", textContent: ` of ${nameOf(fit)}` }));
      return made;
    };
    const compare = element("input", { type: "checkbox", checked: named().includes(fit.id) });
    compare.addEventListener("change", () => choose(fit.id, compare.checked));
    const read = link("Read report", `#${fit.id}`, { className: "read" });
    // Where it is open already, the address does not change.
    read.addEventListener("click", () => { if (location.hash === `#${fit.id}`) at("read").focus(); });
    const best = fit.playlists.slice(0, 3).map((list) => `${listName(list.name)} ${percent(list.fit)}`).join(" · ");
    return [
      element("p", { className: "verdict-line" },
        element("span", { className: `badge ${look}`, textContent: level }),
        element("span", { textContent: fit.verdict_text })),
      element("p", { className: "small", textContent: best }),
      element("p", { className: "actions" },
        read,
        link("Own tab", `${report}.html`, { target: "_blank" }),
        link("Picture", `${report}.png`, { download: `${stem}.png` }),
        link("JSON", `${report}.json`, { download: `${stem}.json` }),
        element("label", {}, compare, "Compare",
          element("span", { className: "unseen", textContent: ` ${nameOf(fit)}` }))),
    ];
  },
};

// --- The list -------------------------------------------------------------------------------------------------------

function newRow(id) {
  const title = element("h3");
  const state = element("div", { className: "state" });
  const button = element("button", { type: "button" });
  button.addEventListener("click", () => remove(id));
  button.addEventListener("blur", () => settle(id));
  button.addEventListener("keydown", (event) => { if (event.key === "Escape") settle(id); });
  const row = element("li", {}, title, button, state);
  return { row, title, state, button, said: "" };
}

/** Redraws a row only if its content has changed, so that focus and pointer do not move. */
function draw(fit) {
  if (!shown.has(fit.id)) {
    shown.set(fit.id, newRow(fit.id));
    at("list").prepend(shown.get(fit.id).row);
  }
  const entry = shown.get(fit.id);
  const said = JSON.stringify(fit);
  if (said === entry.said) return;
  entry.said = said;
  entry.fit = fit;
  entry.row.className = fit.state;
  entry.title.replaceChildren(nameOf(fit));
  if (fit.title) entry.title.append(" ", element("small", { textContent: fit.file }));
  entry.state.replaceChildren(...STATES[fit.state](fit));
  settle(fit.id);
  announce(fit);
}

/** The row's button as it is before it is pressed. */
function settle(id) {
  const { fit, button } = shown.get(id) ?? {};
  if (!fit) return;
  const word = { done: "Delete", failed: "Remove" }[fit.state] ?? "Cancel";
  button.className = "";
  button.replaceChildren(word, element("span", { className: "unseen", textContent: ` ${nameOf(fit)}` }));
}

function announce(fit) {
  const words = { done: () => fit.verdict_text, failed: () => fit.error }[fit.state];
  if (!words || announced.has(fit.id)) return;
  announced.add(fit.id);
  if (isFirstLook) return;
  say(`${nameOf(fit)}: ${words()}`);
  // A single awaited report is opened; an open report is not replaced.
  if (fit.state === "done" && named().length === 0) {
    history.replaceState(null, "", `#${fit.id}`);
    open(false);
  }
}

function removeRow(id) {
  shown.get(id)?.row.remove();
  shown.delete(id);
}

async function remove(id) {
  const { fit, button, row } = shown.get(id);
  if (fit.state === "done" && button.className !== "sure") {
    button.className = "sure";
    button.firstChild.textContent = "Delete for good";
    return;
  }
  const upload = uploads.get(id);
  if (upload) {
    uploads.delete(id);
    upload.request?.abort();
  } else if (!id.startsWith("local-")) {
    const answer = await fetch(`/api/jobs/${id}`, { method: "DELETE" }).catch(() => null);
    if (!answer?.ok && answer?.status !== 404) return alarm(await errorOf(answer));
  }
  const next = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("button");
  removeRow(id);
  (next ?? at("choose")).focus();
  say(`${nameOf(fit)} is deleted.`);
  at("none").hidden = shown.size > 0;
  if (named().includes(id)) go(named().filter((other) => other !== id));
}

// --- Polling ----------------------------------------------------------------------------------------

async function errorOf(answer) {
  const body = await answer?.json().catch(() => null);
  return body?.error ?? "playlist-fit does not answer; start `playlist-fit serve` again and reload this page.";
}

function alarm(text) {
  at("alarm").hidden = !text;
  if (at("alarm").textContent !== text) at("alarm").textContent = text;
}

async function look() {
  let isBusy = false;
  const answer = await fetch("/api/jobs").catch(() => null);
  if (answer?.ok) {
    const { jobs, max_upload_bytes } = await answer.json();
    alarm("");
    largest = max_upload_bytes;
    at("largest").textContent = `, up to ${megabytes(largest)}`;
    const here = new Set(jobs.map((fit) => fit.id));
    for (const id of shown.keys()) if (!here.has(id) && !id.startsWith("local-")) removeRow(id);
    for (const fit of jobs.toReversed()) draw(fit);
    isBusy = jobs.some((fit) => fit.state === "queued" || fit.state === "analysing");
    at("none").hidden = shown.size > 0;
    if (isFirstLook) open(false);
    isFirstLook = false;
  } else {
    alarm(await errorOf(answer));
  }
  setTimeout(look, isBusy ? 300 : 2000);
}

// --- Sending --------------------------------------------------------------------------------------------------------

function take(files) {
  for (const file of files) {
    const id = `local-${crypto.randomUUID()}`;
    const row = { id, file: file.name, state: "sending", share: null };
    if (file.size > largest) {
      const error = `The file has ${megabytes(file.size)}; at most ${megabytes(largest)} are accepted. Export the song as FLAC or MP3.`;
      draw({ ...row, state: "failed", error });
    } else {
      uploads.set(id, { file });
      draw(row);
    }
  }
  at("none").hidden = shown.size > 0;
  sendAll();
}

/** One after another, as the server analyses them. */
async function sendAll() {
  if (isSending) return;
  isSending = true;
  for (const [id, upload] of uploads) await send(id, upload);
  isSending = false;
  if (uploads.size > 0) sendAll();
}

function send(id, upload) {
  return new Promise((done) => {
    const row = { id, file: upload.file.name, state: "sending", share: 0 };
    const request = (upload.request = new XMLHttpRequest());
    request.responseType = "json";
    const fail = (error) => { if (uploads.has(id)) draw({ ...row, state: "failed", error }); };
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (uploads.has(id) && total > 0) draw({ ...row, share: loaded / total });
    });
    request.addEventListener("load", () => {
      const { status, response } = request;
      if (status !== 202) return fail(response?.error ?? "The song was not taken; send it again.");
      if (!uploads.has(id)) return;
      const { row: before } = shown.get(id);
      const had = before.contains(document.activeElement);
      draw(response);
      before.replaceWith(shown.get(response.id).row);
      removeRow(id);
      if (had) shown.get(response.id).button.focus();
    });
    request.addEventListener("error", () => fail("The song could not be sent. Is it a file, and does playlist-fit still run? Send it again."));
    request.addEventListener("loadend", () => { uploads.delete(id); done(); });
    request.open("POST", `/api/fit?file=${encodeURIComponent(upload.file.name)}`);
    request.send(upload.file);
  });
}

at("choose").addEventListener("change", ({ target }) => {
  take([...target.files]);
  target.value = "";
});
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.add("dragging");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  take([...event.dataTransfer.files]);
});
addEventListener("beforeunload", (event) => { if (uploads.size > 0) event.preventDefault(); });

// --- Reports and comparison ------------------------------------------------------------------------------------------

const named = () => location.hash.slice(1).split("+").filter(Boolean);
const go = (ids) => { location.hash = ids.join("+"); };

/** Ticks a song for comparison; a third replaces the older of two. */
function choose(id, isChosen) {
  const others = named().filter((other) => other !== id);
  go(isChosen ? [...others, id].slice(-2) : others);
}

function frame(fit) {
  const address = `/reports/${fit.id}/report.html`;
  const inside = element("iframe", { src: address, title: `Report of ${nameOf(fit)}` });
  // The report runs nothing; its links may open tabs.
  inside.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  return element("section", {},
    element("h3", {}, nameOf(fit), element("small", {}, element("a", { href: address, target: "_blank", textContent: "Open in its own tab" }))),
    inside);
}

/** Shows the reports that the address names. */
function open(isAsked) {
  const fits = named().map((id) => shown.get(id)?.fit).filter((fit) => fit?.state === "done");
  for (const [id, { row }] of shown) {
    const isShown = fits.some((fit) => fit.id === id);
    row.classList.toggle("shown", isShown);
    const tick = row.querySelector("input");
    if (tick) tick.checked = isShown;
    const read = row.querySelector(".read");
    if (isShown) read.setAttribute("aria-current", "true");
    else read?.removeAttribute("aria-current");
  }
  at("frames").replaceChildren(...fits.map(frame));
  at("reports").hidden = fits.length === 0;
  at("read").textContent = fits.length > 1 ? "Reports" : "Report";
  at("comparison").hidden = fits.length !== 2;
  if (fits.length === 2) compare(fits);
  const heading = fits.length === 2 ? at("compared") : at("read");
  if (isAsked && fits.length > 0 && document.activeElement?.type !== "checkbox") heading.focus();
}
addEventListener("hashchange", () => open(true));

/** What moved between two songs, among the five best playlists of each. */
async function compare(fits) {
  const whole = await Promise.all(fits.map((fit) => fetch(`/api/jobs/${fit.id}`).then((answer) => answer.json())));
  const lists = whole.map((report) => new Map(report.playlists.map((list) => [list.name, list])));
  // Two mixes of a song share their title, not their file.
  at("one").textContent = fits[0].file;
  at("other").textContent = fits[1].file;
  const best = new Set(lists.flatMap((map) => [...map.values()].slice(0, 5).map((list) => list.name)));
  const highest = (name) => Math.max(...lists.map((map) => map.get(name)?.fit ?? 0));
  const order = [...best].sort((one, other) => highest(other) - highest(one));
  const cell = (list) => element("td", {}, ...(list ? [percent(list.fit), " ", element("small", { textContent: `#${list.rank}` })] : ["not judged"]));
  at("moves").replaceChildren(...order.map((name) => {
    const [one, other] = lists.map((map) => map.get(name));
    const points = one && other ? Math.round(other.fit * 100) - Math.round(one.fit * 100) : null;
    const moved = points === null ? "" : points === 0 ? "0" : `${points > 0 ? "+" : "−"}${Math.abs(points)}`;
    return element("tr", {}, element("th", { scope: "row", textContent: listName(name) }), cell(one), cell(other), element("td", { textContent: moved }));
  }));
}

look();
