// Cards move by mouse (SortableJS) and by keyboard; the move shows at once and goes back with its reason when refused.
const board = document.querySelector('[data-board]');
const said = document.getElementById('board-said');
const asking = { won: document.getElementById('board-won'), lost: document.getElementById('board-lost') };
const zones = document.querySelector('.fl-drops');
const word = board?.dataset ?? {};
let picked = null; // {card, home, before, column}: the card in the keyboard's hand

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
const say = (text, values) => { said.textContent = fill(text, values); };
const columns = () => [...board.querySelectorAll('[data-stage]')];
const list = (stage) => board.querySelector(`[data-stage="${stage}"]`);
const link = (card) => card.querySelector('h3 a');
const headers = () => ({ 'X-CSRFToken': JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken'] });

function place(card, column) {
  if (column.dataset.kind !== 'open') return; // won and lost draw no cards
  const head = column.querySelector('.fl-col-head');
  head.after(card);
}

function back(card, home, before) {
  card.classList.remove('is-waiting', 'is-picked');
  if (before?.isConnected) before.before(card);
  else home.insertBefore(card, home.querySelector('[data-more]'));
}

// Put the fresh parts of an answer where the old ones are; returns the fresh card.
function replaceParts(html, card) {
  const parts = [...new DOMParser().parseFromString(html, 'text/html').body.children];
  for (const part of parts) {
    const old = part.id === card.id ? card : document.getElementById(part.id);
    if (old) { old.replaceWith(part); window.htmx?.process(part); }
  }
  columns().forEach(sortable);
  return parts.find((part) => part.id === card.id) ?? card;
}

// Ask whether it is won, or why it was lost; null if it is to be put back.
function ask(card, kind) {
  const dialog = asking[kind];
  dialog.querySelector('form').reset();
  dialog.querySelector('[data-card-name]').textContent = card.dataset.name;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener('close', () => {
      const form = new FormData(dialog.querySelector('form'));
      done(dialog.returnValue === kind && (kind === 'won' || form.get('lost_reason')) ? form : null);
    }, { once: true });
  });
}

// While a card is carried, both ends stay in view however far the board is scrolled.
function holdZones() {
  const box = zones.getBoundingClientRect();
  const floor = innerHeight - (innerWidth < 768 ? 72 : 16); // above the tab bar of a phone
  const top = Math.max(72, Math.min(box.top, floor - 256));
  Object.assign(zones.style, { top: `${top}px`, height: `${Math.min(box.height, floor - top)}px`, width: `${box.width}px` });
  zones.classList.add('is-held');
}

function freeZones() {
  zones.classList.remove('is-held');
  zones.removeAttribute('style');
}

async function send(card, stage, more) {
  const body = new URLSearchParams({ stage: stage.dataset.stage, version: card.dataset.version });
  for (const [name, value] of more ?? []) body.set(name, value);
  const query = board.dataset.query ? `&${board.dataset.query}` : '';
  const answer = await fetch(`${card.dataset.move}?board=1${query}`, { method: 'POST', headers: headers(), body });
  const known = [200, 409, 422].includes(answer.status) && !answer.redirected; // redirected: signed out meanwhile
  return { ok: answer.ok && known, html: known ? await answer.text() : '', status: answer.status };
}

// The whole of a move: reason if lost, the card at its new place, the answer of the server, and back again if refused.
async function move(card, home, before, stage, undone = false) {
  const names = { name: card.dataset.name, stage: stage.dataset.name };
  const closes = stage.dataset.kind !== 'open';
  const more = closes ? await ask(card, stage.dataset.kind) : null;
  if (closes && !more) {
    back(card, home, before);
    say(word.putBack, { name: names.name, stage: home.dataset.name });
    return link(card).focus();
  }
  card.classList.add('is-waiting');
  let answer;
  try { answer = await send(card, stage, more); } catch { answer = { ok: false, html: '' }; }
  if (!answer.ok) {
    back(card, home, before);
    const now = answer.html ? replaceParts(answer.html, card) : card;
    if (!answer.html) refuse(card, answer.status === 403 ? word.fixed : word.failed, { name: names.name, stage: home.dataset.name });
    now.querySelector('[role=alert]')?.scrollIntoView({ block: 'nearest' });
    say('{text}', { text: now.querySelector('.fl-card-refused')?.firstChild.textContent ?? '' });
    return link(now).focus();
  }
  const moved = replaceParts(answer.html, card);
  say(word.moved, names);
  if (!undone) toast(fill(word.moved, names), moved, home, stage);
  if (stage.dataset.kind === 'open') link(moved).focus();
  else moved.remove();
}

function refuse(card, text, values) {
  card.querySelector('.fl-card-refused')?.remove();
  const line = document.createElement('p');
  line.className = 'fl-card-refused';
  line.setAttribute('role', 'alert');
  line.textContent = fill(text, values);
  card.classList.add('is-refused');
  card.append(line);
}

function toast(text, card, home, stage) {
  const box = document.getElementById('toasts');
  const note = document.createElement('div');
  note.className = 'fl-toast';
  note.setAttribute('role', 'status');
  note.dataset.toast = '';
  note.append(`${text} `);
  const undo = document.createElement('button');
  undo.type = 'button';
  undo.textContent = word.undo;
  undo.addEventListener('click', () => {
    note.remove();
    const now = document.getElementById(card.id) ?? card;
    const before = now.nextElementSibling;
    place(now, list(home.dataset.stage));
    move(now, stage.dataset.kind === 'open' ? list(stage.dataset.stage) : list(home.dataset.stage), before, list(home.dataset.stage), true);
  });
  note.append(undo);
  box.replaceChildren(note);
}

// Mouse and touch
function short(amount, currency) {
  const money = { style: 'currency', currency, notation: 'compact', maximumSignificantDigits: 3 };
  return new Intl.NumberFormat(document.documentElement.lang, money).format(amount).replace('K', 'k'); // as the heads write it
}

function slotText(card, stage) {
  const adds = Number(card.dataset.value) * Number(stage.dataset.chance) / 100;
  return adds ? `${word.drop}\n${fill(word.adds, { sum: short(adds, card.dataset.currency) })}` : word.drop;
}

function sortable(column) {
  if (!window.Sortable || window.Sortable.get(column)) return;
  window.Sortable.create(column, {
    group: 'board', draggable: '[data-card]', filter: '[data-card]:not([data-movable])', preventOnFilter: false, sort: false,
    animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 120, ghostClass: 'is-slot', delay: 180, delayOnTouchOnly: true, revertOnSpill: true,
    onStart: ({ item }) => { drop(); holdZones(); item.nextPlace = item.nextElementSibling; },
    onMove: ({ dragged, to }) => { dragged.dataset.slot = slotText(dragged, to); },
    onEnd: ({ item, from, to }) => {
      delete item.dataset.slot;
      freeZones();
      if (from === to) return back(item, from, item.nextPlace);
      if (to.dataset.kind === 'open') place(item, to);
      move(item, from, item.nextPlace, to);
    },
  });
}

// Keyboard
function pick(card) {
  const column = card.closest('[data-stage]');
  if (!('movable' in card.dataset)) return refuse(card, word.fixed, { name: card.dataset.name });
  picked = { card, home: column, before: card.nextElementSibling, column };
  card.classList.add('is-picked');
  say(word.picked, { name: card.dataset.name, stage: column.dataset.name });
}

function carry(step) {
  const all = columns();
  const next = all[all.indexOf(picked.column) + step];
  if (!next) return;
  picked.column.classList.remove('is-over');
  picked.column = next;
  next.classList.add('is-over');
  if (next.dataset.kind === 'open') place(picked.card, next);
  next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  link(picked.card).focus();
  say(word.over, { stage: next.dataset.name });
}

function drop() {
  if (!picked) return;
  const { card, home, before } = picked;
  letGo();
  back(card, home, before);
  say(word.putBack, { name: card.dataset.name, stage: home.dataset.name });
  link(card).focus();
}

function letGo() {
  picked.card.classList.remove('is-picked');
  picked.column.classList.remove('is-over');
  picked = null;
}

function put() {
  const { card, home, before, column } = picked;
  letGo();
  if (column === home) return back(card, home, before);
  return move(card, home, before, column);
}

function wander(card, key) {
  const column = card.closest('[data-stage]');
  const cards = [...column.querySelectorAll('[data-card]')];
  if (key === 'ArrowUp' || key === 'ArrowDown') return cards[cards.indexOf(card) + (key === 'ArrowUp' ? -1 : 1)];
  const open = columns().filter((other) => other.querySelector('[data-card]'));
  return open[open.indexOf(column) + (key === 'ArrowLeft' ? -1 : 1)]?.querySelector('[data-card]');
}

function onKey(event) {
  const card = event.target.closest('[data-card]');
  if (!card || event.ctrlKey || event.metaKey || event.altKey || event.target !== link(card)) return;
  const arrow = event.key.startsWith('Arrow');
  if (picked) {
    const act = { ArrowLeft: () => carry(-1), ArrowRight: () => carry(1), ArrowUp: () => {}, ArrowDown: () => {}, Enter: put, Escape: drop, x: drop }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  } else if (event.key === 'x') {
    event.preventDefault();
    pick(card);
  } else if (arrow) {
    event.preventDefault();
    const next = wander(card, event.key);
    if (next) link(next).focus();
  }
}

if (board) {
  board.addEventListener('keydown', onKey);
  board.addEventListener('focusout', (event) => {
    if (picked && event.relatedTarget && !picked.card.contains(event.relatedTarget)) drop();
  });
  columns().forEach(sortable);
}
