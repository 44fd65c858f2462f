// The unmodified npm client `centrifuge` against a node, over everything that can happen to them: `make test-clients`.
//
// Prints each thing that holds with the time it took; ends with 1 at the first that does not.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Node, sleep, until } from './node.mjs';
import { openPage } from './page.mjs';
import { Described } from './schema.mjs';
import { Network, Viewer } from './viewer.mjs';

const ROOM = 'e2e';
const STREAM = `room:${ROOM}`;
const STATE = `room:${ROOM}:state`;

const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target', import.meta.url));
const binary = process.env.FRESHET_BIN ?? `${target}/release/freshet`;
if (!existsSync(binary)) throw new Error(`there is no ${binary}: build it, or name one as FRESHET_BIN`);

const began = performance.now();
let held = 0;
async function holds(what, check) {
  const from = performance.now();
  await check();
  held += 1;
  console.log(`ok ${what} (${Math.round(performance.now() - from)} ms)`);
}

/** Offsets of a stream channel: each one past the one before, none twice. */
function unbroken(publications, first) {
  const offsets = publications.map(({ offset }) => offset);
  const due = offsets.map((_, place) => first + place);
  assert.deepEqual(offsets, due, 'a gap, or a publication twice');
}

const node = await Node.prepare(binary);
process.on('exit', () => {
  node.child?.kill('SIGKILL');
  node.remove();
});

async function notice(text) {
  await node.call('POST', `/v1/rooms/${ROOM}/messages`, { kind: 'notice', text });
}
const texts = (viewer) => viewer.of(STREAM, 'notice').map(({ data }) => data.text);

try {
  await node.start();
  for (const [item, category] of [['i1', 'shoes'], ['i2', 'shoes'], ['i3', 'bags']]) {
    await node.call('PUT', `/v1/items/${item}`, { kind: 'product', categories: [category], title: item });
  }
  await node.call('PUT', `/v1/rooms/${ROOM}`, { title: 'End to end', host: 'mei', categories: ['shoes'], products: ['i1', 'i2', 'i3'] });

  const u1 = new Viewer(node.socket, await node.token('u1'));
  const u2 = new Viewer(node.socket, await node.token('u2')).connect();
  const [stream, state, own] = [u1.follow(STREAM), u1.follow(STATE), u1.follow('user:u1')];
  u1.connect();
  u2.follow(STREAM);

  await holds('it connects with a token and follows a stream, a state and its own channel', async () => {
    await until('connected', () => u1.client.state === 'connected');
    await until('followed', () => [stream, state, own].every(({ followed }) => followed.length === 1));
    assert.equal(stream.followed[0].recoverable, true);
    assert.equal(stream.followed[0].positioned, true);
    assert.equal(state.followed[0].recoverable, false);
  });
  const first = stream.followed[0].streamPosition.offset + 1;

  await holds('its events are taken, and a comment reaches others and itself', async () => {
    assert.equal((await u1.event({ type: 'live_join', room_id: ROOM })).accepted, 1);
    await u2.event({ type: 'live_join', room_id: ROOM });
    await u2.event({ type: 'live_comment', room_id: ROOM, properties: { text: '多少钱? how much', name: 'Two' } });
    const comment = await until('the comment', () => u1.of(STREAM, 'comment')[0]);
    assert.equal(comment.data.user_id, 'u2');
    assert.equal(comment.data.text, '多少钱? how much');
    await until('its own echo', () => u2.of(STREAM, 'comment')[0]);
  });

  await holds('numbers and shelf of the room are pushed', async () => {
    await until('two viewers', () => u1.of(STATE, 'room_stats').some(({ data }) => data.viewers === 2));
    const before = performance.now();
    for (let n = 0; n < 3; n += 1) await u2.event({ type: 'live_product_click', room_id: ROOM, item_id: 'i3' });
    const led = await until('i3 leads the shelf', () =>
      u1.of(STATE, 'feed').find(({ data, at }) => before < at && data.items[0]?.item_id === 'i3'));
    console.log(`   click -> pushed shelf: ${Math.round(led.at - before)} ms, three round trips of events in it`);
  });

  await holds('its own list comes, and comes again when it changes', async () => {
    await until('the first list', () => u1.of('user:u1', 'feed')[0]);
    const seen = own.publications.length;
    await u1.event({ type: 'live_product_click', room_id: ROOM, item_id: 'i1' });
    await u1.event({ type: 'add_to_cart', item_id: 'i2' });
    await until('another list', () => seen < own.publications.length);
  });

  await holds('it speaks for its own user and enters what its token names', async () => {
    await assert.rejects(u1.event({ type: 'live_like', room_id: ROOM, user_id: 'u2' }), { code: 103 });
    const other = u1.follow('user:u2');
    await until('refused', () => other.refused[0]?.code === 103);
    const narrow = new Viewer(node.socket, await node.token('u3', { rooms: ['another'] })).connect();
    const closed = narrow.follow(STREAM);
    await until('refused', () => closed.refused[0]?.code === 103);
    narrow.client.disconnect();
  });

  await holds('after kill -9 and a restart it recovers what was published meanwhile', async () => {
    await notice('before');
    await until('the notice', () => texts(u1).includes('before'));
    const epoch = stream.followed[0].streamPosition.epoch;
    u1.network.away = true;
    await node.stop('SIGKILL');
    await until('the loss is noticed', () => u1.client.state === 'connecting');
    await node.start();
    for (const text of ['missed 1', 'missed 2', 'missed 3']) await notice(text);
    await sleep(100);
    assert.equal(texts(u1).at(-1), 'before');
    u1.network.away = false;
    await until('connected again', () => u1.client.state === 'connected' && stream.followed.length === 2);
    assert.equal(stream.followed[1].wasRecovering, true);
    assert.equal(stream.followed[1].recovered, true);
    assert.equal(stream.followed[1].streamPosition.epoch, epoch, 'the channel lives on');
    await until('the missed notices', () => texts(u1).length === 4);
    assert.deepEqual(texts(u1), ['before', 'missed 1', 'missed 2', 'missed 3']);
    unbroken(stream.publications, first);
    await until('its state again', () => state.followed.length === 2 && u1.of(STATE, 'room_stats').length);
  });

  await holds('another life of the channel is not taken for the one it knows', async () => {
    const stranger = new Viewer(node.socket, await node.token('u4')).connect();
    const since = { epoch: 'another', offset: 1 };
    const told = await new Promise((done) => {
      const subscription = stranger.client.newSubscription(STREAM, { since });
      subscription.on('subscribed', done);
      subscription.subscribe();
    });
    assert.equal(told.wasRecovering, true);
    assert.equal(told.recovered, false);
    stranger.client.disconnect();
  });

  await holds('with a bad token it is closed by 3500 and stays away', async () => {
    for (const bad of ['a.b.c', (await node.token('u1')).slice(0, -4) + 'AAAA']) {
      const network = new Network();
      const refused = new Viewer(node.socket, bad, network).connect();
      await until('disconnected', () => refused.client.state === 'disconnected');
      assert.equal(refused.last('disconnected').code, 3500);
      const attempts = refused.states.length;
      await sleep(600);
      assert.equal(refused.states.length, attempts, 'it came back');
    }
  });

  await holds('it hears that the node stops, by 3001, and comes back', async () => {
    const ended = node.stop('SIGTERM');
    await until('told to reconnect', () => u1.last('connecting')?.code === 3001);
    assert.equal((await ended).code, 0);
    await node.start();
    await until('connected again', () => u1.client.state === 'connected' && stream.followed.length === 3, 30_000);
    await notice('after');
    await until('the notice', () => texts(u1).includes('after'));
    assert.equal(stream.followed[2].recovered, true);
    unbroken(stream.publications, first);
  });

  await holds('the browser helper gets a token, and others before it expires and after it has', async () => {
    let asked = 0;
    const getToken = async () => {
      asked += 1;
      if (asked === 1 || asked === 4) throw new Error('the shop is away');
      if (asked === 5) return ''; // Signed out, as some shops put it.
      return node.token(asked < 7 ? 'u5' : 'u7', { ttl_s: asked === 2 ? 1 : 3 });
    };
    const { page, states } = await openPage(node, { getToken });
    const [heard, own] = [[], []];
    page.follow(STREAM, (said) => heard.push(said.text));
    page.follow('user:', (said) => own.push(said.kind));
    await until('connected', () => page.state === 'connected');
    assert.deepEqual([page.userId, asked], ['u5', 2]);
    await until('its own list', () => own.includes('feed'));
    await until('renewed over a shop that is away', () => asked === 6);
    assert.equal((await page.track('live_like', { room_id: ROOM })).accepted, 1);
    await notice('to the page');
    await until('the notice', () => heard.includes('to the page'));
    assert.equal(states.filter(({ state }) => state === 'connected').length, 1, 'one connection all the while');
    await until('the next user of the page', () => page.userId === 'u7' && page.state === 'connected');
    assert.ok(states.every(({ state }) => ['connecting', 'connected'].includes(state)), JSON.stringify(states));
    page.close();
    await sleep(300);
    assert.equal(states.at(-1).state, 'closed');

    const token = await node.token('u6', { ttl_s: 1 });
    await sleep(1_100);
    const late = await openPage(node, { token, getToken: () => node.token('u6') });
    await until('connected', () => late.page.state === 'connected');
    assert.equal(late.page.userId, 'u6');
    late.page.close();
  });

  await holds('a room that ends says so, and its viewers are offered the next', async () => {
    await until('the other one, too', () => u2.client.state === 'connected');
    await node.call('PUT', '/v1/rooms/next', { title: 'Next door', categories: ['shoes'], products: ['i1'] });
    await u2.event({ type: 'live_join', room_id: 'next' });
    const rooms = { must: [{ key: 'kind', match: { value: 'live_room' } }] };
    await until('the other room is recommended', async () => {
      const list = await node.call('POST', '/v1/recommendations', { user_id: 'u1', filter: rooms });
      return list.items.some(({ item_id }) => item_id === 'room:next');
    });
    await node.call('DELETE', `/v1/rooms/${ROOM}`);
    await until('the end', () => u1.of(STREAM, 'ended')[0]);
    const next = await until('rooms to go to', () => u1.of('user:u1', 'next')[0]);
    assert.equal(next.data.room_id, ROOM);
    assert.equal(next.data.items[0].item_id, 'room:next');
  });

  await holds('everything that was pushed is as /asyncapi.json says', async () => {
    const described = new Described(await node.call('GET', '/asyncapi.json'));
    const pushed = [...u1.channels.values()].flatMap(({ publications }) => publications);
    const kinds = new Set(pushed.map(({ data }) => data.kind));
    for (const kind of ['comment', 'notice', 'room_stats', 'feed', 'ended', 'next']) assert.ok(kinds.has(kind), kind);
    for (const { data } of pushed) assert.equal(described.fault(data), undefined, JSON.stringify(data));
    assert.match(described.fault({ kind: 'comment', at: 'x', user_id: 'u' }), /text is missing/);
    assert.ok(described.fault({ kind: 'whatever' }));
  });

  u1.client.disconnect();
  u2.client.disconnect();
  await node.stop('SIGTERM');
  console.log(`clients: all ${held} hold in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  process.exit(0);
} catch (fault) {
  console.error(`FAILED: ${fault.stack ?? fault}`);
  console.error(`the node's last lines:\n${node.told.split('\n').slice(-15).join('\n')}`);
  process.exit(1);
}
