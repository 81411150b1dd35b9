// The takeover page: asks the endpoint, or takes files; everything about keys is computed by takeover.wasm, in this browser.
'use strict';
(() => {

// Chains under the names that the offline tool has for them; the most used ones are shown first.
const CHAINS = {
  btc: 'Bitcoin', eth: 'Ethereum and chains like it', trx: 'Tron', sol: 'Solana', xrp: 'XRP Ledger', ltc: 'Litecoin',
  doge: 'Dogecoin', ada: 'Cardano', dot: 'Polkadot', xlm: 'Stellar', algo: 'Algorand', near: 'NEAR', ton: 'TON', xtz: 'Tezos',
  atom: 'Cosmos Hub', osmo: 'Osmosis', tia: 'Celestia', sei: 'Sei', kava: 'Kava', luna: 'Terra', ksm: 'Kusama', hbar: 'Hedera',
  bch: 'Bitcoin Cash', bsv: 'Bitcoin SV', dash: 'Dash', zec: 'Zcash', etc: 'Ethereum Classic',
};
const MOST_USED = ['btc', 'eth', 'trx', 'sol'];
const AGAIN = 15_000;          // milliseconds between two looks at a release
const RSA = { name: 'RSA-OAEP', modulusLength: 3072, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };

const $ = (id) => document.getElementById(id);
const online = document.documentElement.dataset.offline === undefined;

// What is known so far. `wipe` forgets it.
let known = {};
let program = null;
let timer = 0;

// ---- the program ------------------------------------------------------------------------------------------------------

async function load() {
  if (program) return program;
  let bytes;
  if (online) {
    const answer = await fetch('/takeover/takeover.wasm', { credentials: 'omit' });
    if (!answer.ok) throw new Error('The program of this page could not be loaded. Load the page again.');
    bytes = await answer.arrayBuffer();
  } else {
    bytes = fromBase64($('program').textContent);
  }
  const made = await WebAssembly.instantiate(bytes, {});
  program = made.instance.exports;
  return program;
}

/** Calls one function of the program: an object in, an object out. An error of its own is thrown as it says it. */
async function call(name, question) {
  const own = await load();
  const text = new TextEncoder().encode(JSON.stringify(question));
  // The memory may grow, and then it is another buffer: it is asked for each time.
  const at = own.room(text.length);
  new Uint8Array(own.memory.buffer, at, text.length).set(text);
  text.fill(0);
  let length;
  try {
    length = own[name]();
  } catch {
    // It ends in the middle where the browser gives it no memory, or by a fault of ours. What it holds is of no use then.
    wipeProgram();
    throw new Error('This browser could not finish that. It may have too little memory: close other tabs, then try again.');
  }
  const answer = new Uint8Array(own.memory.buffer, own.answer(), length);
  const told = JSON.parse(new TextDecoder().decode(answer));
  if (!told.ok) throw new Error(told.error);
  return told;
}

/** Fills the program's memory with zeros; the next call begins with a new one. */
function wipeProgram() {
  if (program) new Uint8Array(program.memory.buffer).fill(0);
  program = null;
}

function fromBase64(text) {
  const letters = atob(text.trim().replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}

// ---- what is seen -----------------------------------------------------------------------------------------------------

function say(words) { $('status').textContent = words; }
function complain(words) { $('problem').textContent = sentence(words); }

/** The program's errors are parts of sentences. */
function sentence(words) {
  if (words === '') return '';
  return words[0].toUpperCase() + words.slice(1) + (/[.?!)]$/.test(words) ? '' : '.');
}

/** Shows a step, and moves the reader's place to it. */
function show(id) {
  $(id).hidden = false;
  const heading = $(id).querySelector('h2');
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  $(id).scrollIntoView({ block: 'start' });
}
function hide(...ids) { for (const id of ids) $(id).hidden = true; }

let turn = Promise.resolve();
let working = 0;

/** Does what the reader asks for. */
function on(id, event, work, words) {
  $(id).addEventListener(event, (happened) => {
    happened.preventDefault();
    inTurn(work, words);
  });
}

/** One thing after the other; what goes wrong is said. */
function inTurn(work, words = '') {
  working += 1;
  setButtons();
  turn = turn.then(async () => {
    complain('');
    say(words);
    try {
      // So that the words are on the screen before the program holds everything up.
      await new Promise((done) => setTimeout(done, 30));
      await work();
    } catch (error) {
      say('');
      complain(error.message || String(error));
    }
    working -= 1;
    setButtons();
  });
}

function setButtons() {
  for (const button of document.querySelectorAll('button')) button.disabled = working > 0;
}

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function when(milliseconds) {
  return new Date(milliseconds).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
}

// ---- the endpoint -----------------------------------------------------------------------------------------------------

const WORDS = {
  'token-missing': 'Sign in first.',
  'token-invalid': 'This sign-in is not valid here. Ask the company for a new one.',
  'token-expired': 'This sign-in has run out. Sign in again in the company\'s app or site, and bring the new token.',
  'sign-in-too-old': 'You signed in too long ago. Sign in again, and bring the new token.',
  'no-such-wallet': 'This sign-in has no such wallet.',
  'no-server-share': 'The company has no share of this wallet. Ask the company\'s support.',
  'wallet-locked': 'The company has locked this wallet. Ask the company\'s support.',
  'device-replaced': 'Another device has taken this wallet over. Use that device.',
  'no-backup': 'The company keeps no backup of this wallet. If you have one in a file, choose the file.',
  'too-many-requests': 'Too many tries. Wait a minute, then try again.',
};

const SIGN_IN_AGAIN = ['token-missing', 'token-invalid', 'token-expired', 'sign-in-too-old'];

async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: {
        Authorization: `Bearer ${known.token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer',
    });
  } catch {
    throw new Error('The company\'s server cannot be reached. Check your connection, then try again.');
  }
  const text = await answer.text();
  if (answer.ok) return text === '' ? {} : JSON.parse(text);
  let problem = {};
  try { problem = JSON.parse(text); } catch { /* An answer that is no JSON has no words for people. */ }
  const words = WORDS[problem.code] ?? problem.detail ?? problem.title ?? `The server says no (${answer.status}).`;
  const failure = new Error(answer.status >= 500 ? 'The company\'s server cannot answer now. Try again in a minute.' : words);
  failure.code = problem.code;
  failure.link = problem.link;
  if (SIGN_IN_AGAIN.includes(problem.code)) show(known.issuer ? 'step-start' : 'step-sign-in');
  throw failure;
}

// Signing in at the company's issuer: OpenID Connect, a code with PKCE (RFC 7636). What is kept for the way back holds for this tab.
const ON_THE_WAY = 'lifeboat-sign-in';

async function getJson(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer', ...options });
  } catch {
    throw new Error('The company\'s sign-in cannot be reached. Check your connection, then try again.');
  }
  if (!answer.ok) throw new Error('The company\'s sign-in says no. Try again, or ask the company\'s support.');
  return answer.json();
}

function inUrl(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
const drawn = () => inUrl(crypto.getRandomValues(new Uint8Array(32)));

const described = (issuer) => getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
const comesBackTo = () => location.origin + location.pathname;

async function beginOnline() {
  const { issuer, clientId } = await getJson('/takeover/sign-in.json');
  if (!issuer) {
    hide('step-start', 'step-files');
    show('step-sign-in');
    return;
  }
  const { authorization_endpoint: there } = await described(issuer);
  const way = { issuer, clientId, verifier: drawn(), state: drawn(), nonce: drawn() };
  sessionStorage.setItem(ON_THE_WAY, JSON.stringify(way));
  const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(way.verifier));
  const asked = new URL(there);
  const query = {
    response_type: 'code', client_id: clientId, redirect_uri: comesBackTo(), scope: 'openid', state: way.state, nonce: way.nonce,
    code_challenge: inUrl(challenge), code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) asked.searchParams.set(name, value);
  location.assign(asked);
}

/** What the issuer sent back is changed for a token. */
async function comeBack(query) {
  const way = JSON.parse(sessionStorage.getItem(ON_THE_WAY) ?? '{}');
  sessionStorage.removeItem(ON_THE_WAY);
  if (!way.state || way.state !== query.get('state')) throw new Error('This sign-in was not begun in this tab. Sign in again.');
  if (query.has('error')) throw new Error('You are not signed in: the company\'s sign-in was stopped. Try again.');
  const { token_endpoint: there } = await described(way.issuer);
  const body = new URLSearchParams({
    grant_type: 'authorization_code', code: query.get('code'), redirect_uri: comesBackTo(), client_id: way.clientId,
    code_verifier: way.verifier,
  });
  const { id_token: token } = await getJson(there, { method: 'POST', body });
  const claims = JSON.parse(new TextDecoder().decode(fromBase64(token.split('.')[1])));
  if (claims.nonce !== way.nonce) throw new Error('The company\'s sign-in answered something else. Sign in again.');
  known.issuer = way.issuer;
  $('token').value = token;
  await signIn();
}

async function signIn() {
  known.token = $('token').value.trim();
  const { wallets } = await ask('GET', '/v1/wallets');
  $('token').value = '';
  if (wallets.length === 0) throw new Error('This sign-in has no wallet. Is it the right account?');
  const list = $('wallets');
  list.replaceChildren();
  wallets.forEach((wallet, index) => {
    const label = element('label', undefined, 'choice');
    const radio = element('input');
    Object.assign(radio, { type: 'radio', name: 'wallet', value: wallet.walletId, checked: index === 0 });
    const words = element('span');
    words.append(element('span', wallet.walletId, 'value'));
    const facts = [
      wallet.hasServerShare ? 'the company has its share' : 'the company does NOT have its share',
      wallet.latestBackup ? `backup of ${when(wallet.latestBackup)}` : 'no backup of your share here',
    ];
    words.append(element('br'), element('span', facts.join('; '), 'note'));
    label.append(radio, words);
    list.append(label);
  });
  say('You are signed in.');
  hide('step-start', 'step-sign-in');
  // A sign-in that ran out on the way: the reader goes on where that was.
  const goesOn = known.share && wallets.some((wallet) => wallet.walletId === known.wallet);
  show(goesOn ? 'step-release' : 'step-wallet');
}

async function chooseWallet() {
  // Whatever is known of another wallet is not of this one.
  clearTimeout(timer);
  known = { token: known.token, issuer: known.issuer, wallet: document.querySelector('input[name=wallet]:checked').value, backup: null };
  hide('step-own', 'step-release');
  again('');
  try {
    const latest = await ask('GET', `/v1/wallets/${known.wallet}/backups/latest`);
    const content = await ask('GET', `/v1/wallets/${known.wallet}/backups/${latest.id}/content`);
    known.backup = { text: JSON.stringify(content), device: latest.deviceId, passphrase: latest.passphraseId };
    const place = latest.location ? ` You noted where you keep it: ${latest.location}.` : '';
    const missing = latest.complete ? '' : ' Some keys of your wallet are not in it.';
    $('own-found').textContent =
      `Backup of ${when(latest.createdAt)}. Its passphrase has the id ${latest.passphraseId}.${place}${missing}`;
  } catch (error) {
    // Where the company keeps no backups at all, there is no such path.
    if (!['no-backup', 'no-such-path'].includes(error.code)) throw error;
    $('own-found').textContent = WORDS['no-backup'];
  }
  sources(known.backup !== null);
  say('');
  show('step-own');
}

// ---- the user's share -------------------------------------------------------------------------------------------------

/** Offers the endpoint's backup where there is one. */
function sources(hasBackup) {
  $('own-endpoint-choice').hidden = !hasBackup;
  const wanted = document.querySelector(`input[name=own][value=${hasBackup ? 'endpoint' : 'file'}]`);
  wanted.checked = true;
  ownSource();
}

function ownSource() {
  const fromFile = document.querySelector('input[name=own]:checked').value === 'file';
  $('own-file-part').hidden = !fromFile;
  $('own-found').hidden = fromFile && known.backup !== null && known.backup !== undefined;
  if (!fromFile) { $('own-device-part').hidden = true; $('own-passphrase-part').hidden = false; }
}

async function readFile(input, what) {
  const [file] = input.files;
  if (!file) throw new Error(`Choose the file with ${what}.`);
  if (file.size > 64 << 20) throw new Error('This file is far too large for that. Is it the right one?');
  return file.text();
}

/** A file may hold the share as it is: it needs no passphrase. */
function isOpenShare(text) {
  try {
    const found = JSON.parse(text);
    return Array.isArray(found.keys) && found.keys.length > 0 && found.keys.every((key) => typeof key.share === 'string');
  } catch { return false; }
}

async function lookAtFile() {
  $('own-device-part').hidden = true;
  $('own-passphrase-part').hidden = false;
  const text = await readFile($('own-file'), 'your share');
  if (isOpenShare(text)) {
    $('own-passphrase-part').hidden = true;
    say('This file holds your share itself: no passphrase is needed.');
    return;
  }
  const found = await call('look_at_backup', { backup: text });
  $('own-device-part').hidden = Boolean(found.deviceId);
  if (found.deviceId) $('device-id').value = found.deviceId;
  say(`This is a backup. Its passphrase has the id ${found.passphraseId}.`);
}

async function openBackup(backup, deviceId) {
  const passphrase = $('passphrase').value;
  await call('look_at_backup', { backup });
  if (passphrase === '') throw new Error('Type the passphrase of your backup.');
  if (!deviceId) {
    $('own-device-part').hidden = false;
    throw new Error('Type the device id: the file does not say it.');
  }
  try {
    return await call('open_backup', { backup, passphrase, deviceId });
  } catch (error) {
    throw new Error('This passphrase does not open the backup. Capitals, spaces and every sign count. Look at what you typed, '
      + `then try again. (${error.message})`);
  }
}

async function openOwn() {
  const fromFile = document.querySelector('input[name=own]:checked').value === 'file';
  let text = known.backup?.text;
  let device = known.backup?.device;
  if (fromFile) {
    text = await readFile($('own-file'), 'your share');
    device = $('device-id').value.trim();
  }
  if (fromFile && isOpenShare(text)) {
    known.share = text;
    say('Your share is read.');
  } else {
    const opened = await openBackup(text, device);
    known.share = opened.share;
    say(opened.older
      ? 'An older backup opened. The newest one did not: it is under another passphrase, or damaged.'
      : 'Your share is open.');
  }
  $('passphrase').value = '';
  if (known.server) return makeKeys();
  $('release-words').textContent = 'Now ask the company for its share. Some companies wait a day before they give it, so that you can '
    + 'stop a thief who asks in your name.';
  show('step-release');
}

// ---- the company's share ----------------------------------------------------------------------------------------------

/** The browser keeps the private key of a request, and gives it to nobody; so a request can be collected tomorrow. */
function keptKeys(mode, work) {
  return new Promise((done, failed) => {
    const opening = indexedDB.open('lifeboat-takeover', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const change = opening.result.transaction('keys', mode);
      const asked = work(change.objectStore('keys'));
      change.oncomplete = () => { opening.result.close(); done(asked.result); };
      change.onerror = () => { opening.result.close(); failed(change.error); };
    };
  });
}

const kept = () => keptKeys('readonly', (keys) => keys.get(known.wallet));
const forget = () => keptKeys('readwrite', (keys) => keys.delete(known.wallet));

/** Goes on with the request that this browser made before, or makes one. */
async function askRelease() {
  const before = await kept();
  if (before) {
    const release = await ask('GET', `/v1/releases/${before.release}`).catch((error) => {
      if (error.code !== 'no-such-release') throw error;
    });
    // What was collected can be collected once more: the page may have been closed too early.
    if (release && ['waiting', 'pending', 'needs-key', 'ready', 'collected'].includes(release.state)) {
      known.key = before.key;
      try {
        return await follow(release);
      } catch (error) {
        if (!['release-expired', 'release-final'].includes(error.code)) throw error;
      }
    }
    await forget();
  }

  const pair = await crypto.subtle.generateKey(RSA, false, ['decrypt']);
  const { kty, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  let release;
  try {
    release = await ask('POST', `/v1/wallets/${known.wallet}/releases`,
      { encryptTo: { kty, n, e, alg: 'RSA-OAEP-256', use: 'enc' }, reason: 'takeover page' });
    known.key = pair.privateKey;
    await keptKeys('readwrite', (keys) => keys.put({ release: release.id, key: pair.privateKey }, known.wallet));
  } catch (error) {
    if (error.code !== 'release-open' || !error.link) throw error;
    release = await ask('GET', error.link);
    known.key = undefined;
  }
  await follow(release);
}

async function follow(release) {
  clearTimeout(timer);
  known.release = release.id;
  $('ask-release').hidden = true;
  $('look-again').hidden = false;
  $('cancel-release').hidden = false;
  if (!known.key) {
    $('look-again').hidden = true;
    say('');
    $('release-words').textContent = 'Somebody has asked for this share already, with another browser or app. Only that one can '
      + 'get it. If it was not you, cancel the request at once. If it was you, go on there, or cancel it and ask again here.';
    return;
  }
  const words = {
    waiting: `The company waits until ${when(release.notBefore)}, so that you can stop a thief who asks in your name. You can close `
      + 'this page and come back with this browser then. If it was not you who asked, cancel it now.',
    pending: `The company's people have to approve it (${release.approvalsLeft} to go). You can close this page and come back later `
      + 'with this browser.',
    'needs-key': 'The company fetches the key of your share from a machine that is offline. Come back later with this browser.',
    ready: 'The company\'s share is ready.',
    collected: 'The company\'s share is ready.',
  }[release.state];
  if (words === undefined) {
    say('');
    again(`${OVER[release.state] ?? 'This request is over.'} You can ask again.`);
    return;
  }
  $('release-words').textContent = words;
  if (release.state === 'ready' || release.state === 'collected') {
    await collect();
  } else {
    say('Your request is made.');
    timer = setTimeout(lookByItself, AGAIN);
  }
}

const OVER = {
  cancelled: 'This request was cancelled.',
  denied: 'The company\'s people have refused this request. Ask the company\'s support why.',
  expired: 'This request has run out, because nobody collected the share in time.',
};

/** Nothing is looked up while a button works. */
function lookByItself() {
  if (working > 0) {
    timer = setTimeout(lookByItself, AGAIN);
    return;
  }
  look().catch((error) => complain(error.message));
}

/** Back to where one can ask. */
function again(words) {
  $('release-words').textContent = words;
  $('ask-release').hidden = false;
  $('look-again').hidden = true;
  $('cancel-release').hidden = true;
}

async function look() { await follow(await ask('GET', `/v1/releases/${known.release}`)); }

async function cancelRelease() {
  clearTimeout(timer);
  await ask('DELETE', `/v1/releases/${known.release}`);
  await forget();
  say('');
  again('The request is cancelled. You can ask again.');
}

async function collect() {
  const { jwe } = await ask('POST', `/v1/releases/${known.release}/collect`);
  known.server = await openJwe(jwe, known.key);
  hide('step-release');
  await makeKeys();
}

/** A compact JWE of RSA-OAEP-256 and A256GCM (RFC 7516). */
async function openJwe(text, key) {
  const [header, wrapped, nonce, ciphertext, tag] = text.split('.');
  const { alg, enc } = JSON.parse(new TextDecoder().decode(fromBase64(header)));
  if (alg !== 'RSA-OAEP-256' || enc !== 'A256GCM') throw new Error('The server answered in a form that this page cannot open.');
  const raw = await crypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, fromBase64(wrapped));
  const content = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  new Uint8Array(raw).fill(0);
  const sealed = new Uint8Array([...fromBase64(ciphertext), ...fromBase64(tag)]);
  const plain = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv: fromBase64(nonce), additionalData: new TextEncoder().encode(header) }, content, sealed);
  return new TextDecoder().decode(plain);
}

async function giveFiles() {
  known.server = await readFile($('server-file'), 'the company\'s share');
  known.wallet = $('wallet-id').value.trim();
  known.share = '';
  say('');
  sources(false);
  show('step-own');
}

/** The wallet's id, where the file has one wallet. */
async function lookAtServerFile() {
  const text = await readFile($('server-file'), 'the company\'s share');
  let ids = [];
  try {
    const found = JSON.parse(text);
    ids = typeof found.walletId === 'string' ? [found.walletId] : Object.keys(found);
  } catch { /* Lines of records, or CSV: the id has to be typed. */ }
  if (ids.length === 1 && ids[0].length === 36) $('wallet-id').value = ids[0];
}

// ---- the keys ---------------------------------------------------------------------------------------------------------

async function makeKeys() {
  let made;
  try {
    made = await call('make_keys', { serverShare: known.server, deviceShare: known.share, walletId: known.wallet });
  } catch (error) {
    if (!error.message.includes('do not add up')) throw error;
    throw new Error(`The two shares do not fit together. Is this the share of this wallet? If you have another backup, try that one. (${error.message})`);
  }
  known.keys = made.keys;
  known.share = known.server = '';
  hide('step-wallet', 'step-files', 'step-own', 'step-sign-in', 'step-release', 'step-start');
  await showKeys();
  say(`Your wallet is back: ${made.public.length} key${made.public.length === 1 ? '' : 's'}.`);
  $('step-save').hidden = $('step-end').hidden = false;
  show('step-keys');
}

const LABELS = {
  path: 'path', address: 'address', addressType: 'kind of address', publicKey: 'public key', privateKey: 'private key',
  privateKeyLabel: 'what the private key is',
};

async function showKeys() {
  const chain = $('chain').value;
  const { rows } = await call('show_keys', {
    keys: known.keys, chains: chain === '' ? MOST_USED : [chain], index: Number($('index').value), reveal: $('reveal').checked,
  });
  const list = $('rows');
  list.replaceChildren();
  for (const row of rows) {
    const item = element('li');
    item.append(element('strong', CHAINS[row.chain] ?? row.chain));
    const facts = element('dl');
    for (const [name, label] of Object.entries(LABELS)) {
      if (row[name]) facts.append(element('dt', label), element('dd', row[name], 'value'));
    }
    for (const [software, text] of Object.entries(row.walletImports ?? {})) {
      facts.append(element('dt', `to import into ${software}`), element('dd', text, 'value'));
    }
    item.append(facts);
    list.append(item);
  }
  say('');
}

async function save() {
  const unlocked = $('unlocked').checked;
  let text = known.keys;
  if (!unlocked) {
    const [first, again_] = [$('new-passphrase').value, $('new-again').value];
    if (first !== again_) throw new Error('The two passphrases are not the same.');
    if ([...first].length < 12) throw new Error('The passphrase must have at least 12 characters.');
    const random = crypto.getRandomValues(new Uint8Array(64));
    const hex = [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    random.fill(0);
    text = (await call('lock_keys', { keys: known.keys, passphrase: first, random: hex })).locked;
  }
  const name = `wallet-${known.wallet}${unlocked ? '.json' : '.locked'}`;
  const address = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = element('a');
  Object.assign(link, { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  for (const id of ['new-passphrase', 'new-again']) $(id).value = '';
  say(`Saved as ${name}. Look for it among your downloads.`);
}

/** Fills the program's memory with zeros and forgets everything. */
async function wipe() {
  clearTimeout(timer);
  wipeProgram();
  if (online && known.release) await forget().catch(() => {});
  known = {};
  for (const form of document.querySelectorAll('form')) form.reset();
  $('rows').replaceChildren();
  $('wallets').replaceChildren();
  hide('step-keys', 'step-save', 'step-end', 'step-start', 'step-sign-in', 'step-wallet', 'step-files', 'step-own', 'step-release');
  show('step-wiped');
}

// ---- the beginning ----------------------------------------------------------------------------------------------------

on('begin-online', 'click', beginOnline);
on('begin-files', 'click', async () => {
  hide('step-start', 'step-sign-in');
  for (const [at, number] of document.querySelectorAll('.number').entries()) number.textContent = String(at + 2);
  show('step-files');
});
on('sign-in', 'submit', signIn, 'Signing in …');
on('choose-wallet', 'submit', chooseWallet, 'Looking for your backup …');
on('server-file', 'change', lookAtServerFile);
on('give-files', 'submit', giveFiles);
on('own-sources', 'change', async () => ownSource());
on('own-file', 'change', lookAtFile);
on('own-share', 'submit', openOwn, 'Opening …');
on('ask-release', 'click', askRelease, 'Asking the company …');
on('look-again', 'click', look, 'Looking …');
on('cancel-release', 'click', cancelRelease, 'Cancelling …');
on('show-form', 'submit', showKeys);
on('save', 'submit', save, 'Locking the file. This takes some seconds …');
on('wipe', 'click', wipe);
$('show-passphrase').addEventListener('change', () => {
  $('passphrase').type = $('show-passphrase').checked ? 'text' : 'password';
});
$('unlocked').addEventListener('change', () => {
  for (const id of ['new-passphrase', 'new-again']) $(id).disabled = $('unlocked').checked;
});
window.addEventListener('beforeunload', (leaving) => { if (known.keys) leaving.preventDefault(); });

for (const [name, words] of Object.entries(CHAINS)) $('chain').append(new Option(words, name));

// The company's site may hand the token over behind `#`, which no server sees. It is taken out of the address at once.
function takeToken() {
  const handed = new URLSearchParams(location.hash.slice(1)).get('token');
  const query = new URLSearchParams(location.search);
  if (location.hash || location.search) history.replaceState(null, '', location.pathname);
  if (query.has('state')) inTurn(() => comeBack(query), 'Signing in …');
  if (!handed || known.keys) return;
  $('token').value = handed;
  hide('step-start');
  $('step-sign-in').hidden = false;
  $('sign-in').requestSubmit();
}

if (online) {
  // Also where the page is open already, and only what is behind `#` is new.
  window.addEventListener('hashchange', takeToken);
  takeToken();
} else {
  $('begin-online').parentElement.remove();
  document.querySelector('footer').remove();
  $('begin-files').click();
}

})();
