// The page of live rooms: one connection, one room at a time, everything as it is pushed. See freshet.js for the way to the node.
'use strict';

const at = (id) => document.getElementById(id);
const api = (path) => new URL(`../${path}`, location.href);
const asked = new URLSearchParams(location.hash.slice(1));
const freshet = Freshet.connect({ token: asked.get('token') ?? undefined, userId: asked.get('user') ?? undefined, name: 'demo' });

const KEPT = { comments: 120, moments: 3, heat: 120 };
const AMOUNT = { gift: 5 };
const MADE = { join: 'joins', comment: 'comments', like: 'likes', gift: 'gifts', click: 'clicks', add: 'baskets' };
const WHY = { fresh_click: 'after your click', co_view: 'seen together', content: 'alike', category: 'to your taste', fresh: 'new', model: 'learned', session_neighbour: 'as others went on' };

const text = (value, number = 1) => (value ?? 0).toFixed(number);
const make = (tag, className, content) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (content !== undefined) element.textContent = content;
  return element;
};

const told = (path) => fetch(api(path)).then((answer) => (answer.ok ? answer.json() : undefined), () => undefined);

// ---- what items are called

const items = new Map();
const bare = (id) => ({ title: id, emoji: id.startsWith('room:') ? '🎬' : '🛍️' });
async function learn(id) {
  if (items.has(id)) return;
  items.set(id, bare(id));
  const known = await told(`v1/items/${encodeURIComponent(id)}`);
  if (!known) return;
  const { title, properties } = known;
  items.set(id, { title: title ?? id, emoji: properties?.emoji ?? bare(id).emoji });
  for (const card of document.querySelectorAll(`[data-item="${CSS.escape(id)}"]`)) label(card, id);
}
function label(card, id) {
  const { title, emoji } = items.get(id) ?? bare(id);
  card.querySelector('.tile').textContent = emoji;
  card.querySelector('.name').textContent = title;
}

// ---- the room

let room;
const heat = [];

async function enter(id, about) {
  if (room?.id === id) return;
  leave();
  room = { id, about, products: about?.products ?? [] };
  room.stays = [
    freshet.follow(`room:${id}`, (said) => room?.id === id && heard(said)),
    freshet.follow(`room:${id}:state`, (said) => room?.id === id && heard(said)),
  ];
  asked.set('room', id);
  history.replaceState(null, '', `#${asked}`);
  for (const list of ['chat', 'moments', 'shelf']) at(list).replaceChildren();
  heat.length = 0;
  show(null);
  describe(about);
  chips();
  const path = `v1/rooms/${encodeURIComponent(id)}`;
  const [full, now] = await Promise.all([told(path), told(`${path}/state`)]);
  if (room?.id !== id) return;
  describe(full);
  if (now?.showing && at('showing').disabled) show(now.showing);
}

function leave() {
  if (!room) return;
  for (const stay of room.stays) stay.leave();
  room = undefined;
}

function describe(about) {
  if (!about) return;
  room.about = about;
  at('title').textContent = about.title ?? `Room ${room.id}`;
  at('host').textContent = [about.host && `with ${about.host}`, ...(about.categories ?? [])].filter(Boolean).join(' · ');
  at('face').textContent = [...(about.host ?? about.title ?? '·')][0].toUpperCase();
  if (!at('shelf').children.length) cards(at('shelf'), (about.products ?? []).map((item_id) => ({ item_id })));
}

function act(type, fields = {}) {
  const began = performance.now();
  return freshet.track(type, { room_id: room.id, ...fields }).then(
    () => {
      const took = performance.now() - began;
      at('applied').textContent = `${took.toFixed(0)} ms`;
      return took;
    },
    (fault) => notice(`not taken: ${fault.message}`),
  );
}

// Whoever follows a room is in it, and whose connection is lost is so for a while; leaving the page is said.
freshet.onleave = () => room && act('live_leave');

// ---- what is pushed

function heard(said) {
  ({ comment, notice: ({ text: words }) => notice(words ?? 'a notice'), highlight, showing: ({ item_id: item }) => show(item), ended,
    match: ({ pattern }) => notice(`pattern ${pattern}`), room_stats: stats, feed, refused: ({ message }) => notice(message) }[said.kind] ?? (() => {}))(said);
}

const mine = new Map(); // words that were sent -> when
function comment({ user_id: user, name, text: words }) {
  const line = make('li');
  line.append(make('b', '', name ?? user), words);
  const own = user === freshet.userId;
  line.classList.toggle('own', own);
  if (own && mine.has(words)) {
    const took = `${(performance.now() - mine.get(words)).toFixed(0)} ms`;
    mine.delete(words);
    line.append(make('em', '', took));
    at('echoed').textContent = took;
  }
  const chat = at('chat');
  const below = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 60;
  chat.append(line);
  while (KEPT.comments < chat.children.length) chat.firstChild.remove();
  if (below) chat.scrollTop = chat.scrollHeight;
}

function notice(words) {
  moment(`📣 ${words}`, 'notice');
}
function highlight({ phase, peak, past, made_of: made }) {
  const by = Object.entries(made).filter(([, points]) => 0 < points).sort((a, b) => b[1] - a[1]).slice(0, 2);
  const parts = by.map(([name]) => MADE[name] ?? name).join(' and ');
  const head = phase === 'over' ? 'Moment over' : '🔥 A moment';
  moment(`${head}: heat ${text(peak)}, usually ${text(past)}${parts && `, by ${parts}`}`, 'highlight');
}
function moment(words, className) {
  at('moments').prepend(make('li', className, words));
  while (KEPT.moments < at('moments').children.length) at('moments').lastChild.remove();
}
function ended() {
  notice('This room has ended');
  rooms();
}

function show(item) {
  const card = at('showing');
  card.disabled = !item;
  card.dataset.item = item ?? '';
  if (item) learn(item);
  card.querySelector('.tile').textContent = '·';
  card.querySelector('.name').textContent = 'nothing yet';
  if (item) label(card, item);
  for (const on of document.querySelectorAll('#shelf .card')) on.classList.toggle('on', on.dataset.item === item);
}

function stats({ viewers, heat: now, made_of: made }) {
  at('viewers').textContent = viewers.toLocaleString('en');
  [at('h10').textContent, at('h30').textContent, at('h300').textContent] = [text(now.s10), text(now.s30), text(now.m5)];
  const parts = Object.entries(made).filter(([, points]) => 0.005 < points).sort((a, b) => b[1] - a[1]);
  at('made').textContent = parts.map(([name, points]) => `${MADE[name] ?? name} ${text(points, 2)}`).join(' · ');
  heat.push(now.s10);
  if (KEPT.heat < heat.length) heat.shift();
  plot();
}

function plot() {
  const most = Math.max(1, ...heat) * 1.1;
  const wide = Math.max(20, heat.length); // A room just entered fills the plot sooner.
  const x = (place) => ((place + wide - heat.length) * 300) / (wide - 1);
  const line = heat.map((points, place) => `${place ? 'L' : 'M'}${x(place).toFixed(1)} ${(60 - (points / most) * 58).toFixed(1)}`).join('');
  at('plot').querySelector('.line').setAttribute('d', line);
  at('plot').querySelector('.area').setAttribute('d', heat.length ? `${line}L300 60L${x(0).toFixed(1)} 60Z` : '');
}

function feed({ items: list }) {
  cards(at('shelf'), list);
}

// ---- cards that move to their new places

function cards(list, entries, { why = false } = {}) {
  const before = new Map([...list.children].map((entry) => [entry.dataset.key, entry.getBoundingClientRect()]));
  const known = new Map([...list.children].map((entry) => [entry.dataset.key, entry]));
  const most = Math.max(1e-9, ...entries.map(({ pull = 0 }) => pull));
  const next = entries.slice(0, 12).map((entry, place) => {
    const item = known.get(entry.item_id) ?? card(entry.item_id);
    item.querySelector('.rank').textContent = place + 1;
    item.querySelector('.pull i').style.transform = `scaleX(${(entry.pull ?? 0) / most})`;
    item.querySelector('.pull').hidden = why;
    const reason = (entry.reasons?.[0] ?? '').split(':')[0];
    item.querySelector('.why').textContent = why ? (WHY[reason] ?? reason.replaceAll('_', ' ')) : '';
    return item;
  });
  list.replaceChildren(...next);
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  for (const item of next) {
    const was = before.get(item.dataset.key);
    if (!was) continue;
    const is = item.getBoundingClientRect();
    const [x, y] = [was.left - is.left, was.top - is.top];
    if (x || y) item.animate([{ transform: `translate(${x}px, ${y}px)` }, {}], { duration: 350, easing: 'ease-out' });
  }
}

function card(id) {
  const entry = make('li');
  entry.dataset.key = id;
  const button = make('button', 'card');
  button.type = 'button';
  button.dataset.item = id;
  const pull = make('span', 'pull');
  pull.append(make('i'));
  button.append(make('span', 'rank'), make('span', 'tile'), make('span', 'name'), make('span', 'why'), pull);
  entry.append(button);
  learn(id);
  label(button, id);
  return entry;
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest('[data-item]');
  const id = button?.dataset.item;
  if (!id || !room) return;
  if (id.startsWith('room:')) return void enter(id.slice(5));
  button.classList.remove('hit');
  void button.offsetWidth;
  button.classList.add('hit');
  clicked = performance.now();
  act('live_product_click', { item_id: id });
});

// ---- the user's own list

let clicked;
freshet.follow(`user:${freshet.userId}`, (said) => {
  if (said.kind === 'next') return void notice('Where to go next: ' + (said.items[0]?.item_id ?? 'nowhere'));
  if (said.kind !== 'feed') return;
  cards(at('yours'), said.items, { why: true });
  at('moved').textContent = said.moved === undefined ? '' : `${Math.round(said.moved * 100)} % of it moved`;
  if (clicked) at('changed').textContent = `${(performance.now() - clicked).toFixed(0)} ms`;
  clicked = undefined;
});

// ---- what the viewer does

at('say').addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  const words = at('text').value.trim();
  if (!words || !room) return;
  at('text').value = '';
  mine.set(words, performance.now());
  act('live_comment', { properties: { text: words, name: 'you' } });
});
at('like').addEventListener('click', () => {
  if (!room) return;
  rise('♥');
  act('live_like');
});
at('gift').addEventListener('click', () => {
  if (!room) return;
  rise('🎁');
  act('live_gift', { value: AMOUNT.gift });
});
function rise(sign) {
  const heart = make('span', '', sign);
  const from = at(sign === '♥' ? 'like' : 'gift').getBoundingClientRect();
  heart.style.left = `${from.left + Math.random() * 24 - 4}px`;
  heart.style.bottom = `${innerHeight - from.top}px`;
  at('hearts').append(heart);
  heart.addEventListener('animationend', () => heart.remove());
  setTimeout(() => heart.remove(), 2000);
}

// ---- rooms

let open = [];
async function rooms() {
  const found = await told('v1/rooms?limit=50');
  if (!found) return;
  open = found.rooms.filter(({ is_open: is }) => is !== false).sort((a, b) => b.heat.s30 - a.heat.s30).slice(0, 12);
  chips();
  const wanted = asked.get('room') ?? open[0]?.room_id;
  if (!room && wanted) enter(wanted, open.find(({ room_id: id }) => id === wanted));
}
function chips() {
  const list = room && !open.some(({ room_id: id }) => id === room.id) ? [{ room_id: room.id, ...room.about }, ...open] : open;
  at('rooms').replaceChildren(...list.map(({ room_id: id, title, viewers }) => {
    const chip = make('button', '', title ?? id);
    if (viewers) chip.append(make('b', '', viewers));
    if (id === room?.id) chip.setAttribute('aria-current', 'true');
    chip.addEventListener('click', () => enter(id, open.find((entry) => entry.room_id === id)));
    return chip;
  }));
}

freshet.onstate = (state, detail) => {
  const words = { connected: 'connected', connecting: 'connecting…', fallback: 'by EventSource', refused: `refused: ${detail || 'a token is needed'}; add #token=… to the address` };
  at('status').textContent = words[state] ?? state;
  at('status').className = state;
};
at('me').textContent = `You are ${freshet.userId}; session ${freshet.sessionId}. Both are made in this browser and kept there.`;
rooms();
setInterval(rooms, 5000);
if (asked.get('room')) enter(asked.get('room'));
