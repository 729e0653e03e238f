// The page without a network: all of it is kept when it is first opened, one version at a time. And what a page tells
// whoever looks elsewhere: some browsers, those of Android among them, let nobody else show a notice.
// What stands in the two lines below is written by static/precache.sh when the client is built.
const VERSION = '@VERSION@';
const FILES = '@FILES@'.split(' ').filter(Boolean);

const KEPT = 'sidecam-';
const CACHE = KEPT + VERSION;

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
self.addEventListener('message', (event) => {
  const { data, source } = event;
  if (data === 'take over') self.skipWaiting();
  if (data?.notice === undefined) return;
  told = told.then(() => tell(data.notice, source.id)).catch(() => {});
  event.waitUntil(told);
});
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(answer(event.notification.data));
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate' && isPage(url.pathname)) event.respondWith(kept('/', request));
  else if (FILES.includes(url.pathname)) event.respondWith(kept(url.pathname, request));
});

/** What is shown or taken away, one after the other. */
let told = Promise.resolve();

/** The one notice there may be, or none. */
async function tell(notice, page) {
  const shown = await self.registration.getNotifications({ tag: 'sidecam-asks' });
  shown.forEach((one) => one.close());
  if (!notice) return;
  const { title, text } = notice;
  await self.registration.showNotification(title, { body: text, tag: 'sidecam-asks', icon: '/icon-192.png', requireInteraction: true, data: page });
}

/** Whoever showed it hears the answer and comes to the front; where that page is gone, another one opens. */
async function answer(id) {
  const page = await self.clients.get(id);
  if (!page) return void (await self.clients.openWindow('/'));
  page.postMessage('notice pressed');
  // A browser that does not let it be raised has still told it.
  await page.focus().catch(() => {});
}

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
