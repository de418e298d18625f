// Messages that the model is writing. Their body changes with every frame while somebody may be
// selecting text in it, scrolling its code or pressing one of its buttons. So a node stays the same
// node for as long as the text has it, and only what is new changes.
//
// The server marks the growing end of a body as <div class="live">. Here, its contents belong to the
// body itself, so that a finished block stays where it is, and the body has the class instead.

import { foldCards } from "./cards.js";

const finished = new Map(); // by id of a body that grows: how many of its nodes won't change

/** Return the growing body that an operation on `live-…` means. */
export function bodyOf(id) {
  const body = document.getElementById(id?.replace(/^live-/, "body-"));
  return body?.matches(".body.live") ? body : null;
}

/** Return whether the node is in a block that the model still writes. */
export function isGrowing(node) {
  const body = node.closest(".body.live");
  const block = [...(body?.childNodes ?? [])].findIndex((child) => child.contains(node));
  return block >= (finished.get(body?.id) ?? 0);
}

/** Show `html` as the blocks that still grow. */
export function showGrowing(body, html) {
  patch(body, growingNodes(body), nodesOf(html));
}

/** Append `text` to the code that still grows, which the server doesn't send again. */
export function growCode(body, text) {
  const codes = body.lastElementChild?.querySelectorAll("pre > code");
  // One text node, however many pieces: a selection in it stays, and so does the node.
  const code = codes?.[codes.length - 1];
  if (code?.lastChild?.nodeType === Node.TEXT_NODE) code.lastChild.appendData(text);
  else code?.append(text);
}

/** Show `html` as blocks that won't change any more, before the ones that still grow. */
export function finish(body, html) {
  const fresh = nodesOf(html);
  patch(body, growingNodes(body), fresh, { isRest: true });
  finished.set(body.id, (finished.get(body.id) ?? 0) + fresh.length);
}

/** Show `html` as all of the body so far. */
export function showBody(body, html) {
  const fresh = body.cloneNode();
  fresh.innerHTML = html;
  dissolveMark(fresh);
  update(body, fresh);
}

/** Change the bodies and the code on the page to those of `html`, and return it for the rest. */
export function keepNodes(html) {
  const page = document.createElement("template");
  page.innerHTML = html;
  const bodies = page.content.querySelectorAll(".body");
  bodies.forEach(dissolveMark);
  foldCards(page.content);
  const text = page.innerHTML; // now, because the page takes nodes away
  for (const body of bodies) update(document.getElementById(body.id), body);
  for (const row of page.content.children) keepCode(row);
  return text;
}

function keepCode(row) {
  const code = "pre:not(.body *)";
  const old = document.getElementById(row.id)?.querySelectorAll(code) ?? [];
  const fresh = row.querySelectorAll(code);
  if (old.length === fresh.length) fresh.forEach((pre, at) => update(old[at], pre));
}

function dissolveMark(body) {
  const mark = body.querySelector(":scope > .live");
  finished.delete(body.id);
  if (!mark) return;
  for (const node of [...body.childNodes]) if (isBlank(node)) node.remove();
  finished.set(body.id, [...body.childNodes].indexOf(mark));
  mark.replaceWith(...mark.childNodes);
  body.classList.add("live");
}

// --- nodes -------------------------------------------------------------------------------------
function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.childNodes];
}

const growingNodes = (body) => [...body.childNodes].slice(finished.get(body.id) ?? 0);
const isBlank = (node) => node?.nodeType === Node.TEXT_NODE && !node.data.trim();

// Turns the nodes `old`, the last ones of their parent, into `fresh`. With `isRest`, more may
// follow: nodes that don't fit stay behind the fresh ones.
function patch(parent, old, fresh, { isRest = false } = {}) {
  let at = 0;
  for (const node of fresh) {
    while (isBlank(old[at]) && node.nodeType !== Node.TEXT_NODE) old[at++].remove();
    const current = old[at];
    if (current && current.nodeName === node.nodeName && current.id === node.id) {
      update(current, node);
      at += 1;
    } else if (current && !isRest && !isBlank(node)) {
      current.replaceWith(node);
      at += 1;
    } else {
      parent.insertBefore(node, current ?? null);
    }
  }
  if (!isRest) for (const rest of old.slice(at)) rest.remove();
}

function update(current, node) {
  if (!current || current.isEqualNode(node)) return;
  if (current.nodeType === Node.TEXT_NODE) return updateText(current, node.data);
  // A button may just have been pressed, and a formula is drawn already.
  if (current.localName === "button") return;
  if (current.matches(".drawn") && current.dataset.tex === node.dataset.tex) return;
  updateAttributes(current, node);
  patch(current, [...current.childNodes], [...node.childNodes]);
}

// A selection survives in the part of the text that stays.
function updateText(text, data) {
  let same = 0;
  while (same < data.length && text.data[same] === data[same]) same += 1;
  text.replaceData(same, text.length - same, data.slice(same));
}

function updateAttributes(current, node) {
  for (const { name, value } of node.attributes) {
    if (current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
  for (const { name } of [...current.attributes]) {
    // Details stay open that the reader has opened.
    if (name !== "open" && !node.hasAttribute(name)) current.removeAttribute(name);
  }
}

// A page that was opened while a reply grew.
for (const body of document.querySelectorAll(".body:has(> .live)")) dissolveMark(body);
