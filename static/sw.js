// The page without a network: all of it is kept when it is first opened, one version at a time.
// What stands in the two lines below is written by static/precache.sh when the client is built.
const VERSION = '@VERSION@';
const FILES = '@FILES@'.split(' ').filter(Boolean);

const KEPT = 'sidecam-';
const CACHE = KEPT + VERSION;

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
self.addEventListener('message', (event) => {
  if (event.data === 'take over') self.skipWaiting();
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && isPage(url.pathname)) event.respondWith(kept('/', request));
  else if (FILES.includes(url.pathname)) event.respondWith(kept(url.pathname, request));
});

/** All or nothing: a version of which a file is missing is never installed. */
async function keep() {
  const cache = await caches.open(CACHE);
  // A name with a hash is what it says; the others are asked for anew.
  await cache.addAll(FILES.map((file) => new Request(file, { cache: /-[0-9a-f]{16}/.test(file) ? 'default' : 'no-cache' })));
}

/** Runs when no page uses them any more. */
async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(KEPT) && name !== CACHE).map((name) => caches.delete(name)));
}

/** As the gateway has it: an address inside the application shows the application. */
function isPage(path) {
  // What is inside another page comes with a policy of its own, and is not the page that is kept.
  return path !== '/embed' && !path.startsWith('/api/') && !path.split('/').pop().includes('.');
}

async function kept(file, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(file)) ?? fetch(request);
}
