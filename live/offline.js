/**
 * A service worker for live/ alone: what was loaded once starts again without the network.
 *
 * Its own address names the version of live/, and so does the cache: another version loads anew.
 */
const CACHE = `live-${new URL(self.location).searchParams.get("version")}`;

async function answer(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

async function forgetOthers() {
  const others = (await caches.keys()).filter((name) => name.startsWith("live-") && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("fetch", (event) => event.respondWith(answer(event.request)));
