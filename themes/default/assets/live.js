// Optional: every page reads in full without this file. It keeps an open page true. It looks for changes, puts them in place without
// moving focus, scroll or what is unfolded, says so once, lets planned maintenance begin and end by the clock, and adds local times.
(() => {
  "use strict";
  const root = new URL("../", document.currentScript.src);
  const live = document.getElementById("live");
  if (!live || location.protocol === "file:") return;
  const words = live.dataset;
  const minute = 60_000;
  const local = new Intl.DateTimeFormat(navigator.languages, { dateStyle: "medium", timeStyle: "short" });
  const zone = local.resolvedOptions().timeZone;
  let known, busy = false, failures = 0, taken, pending;

  // Readers are told where the text changes; the element is there from the start. The same words once more are a change only after none.
  const say = (text) => {
    clearTimeout(taken);
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 100);
  };

  // Something that happened: said, and soon taken away again, since it covers what stands below it.
  const tell = (text) => {
    say(text);
    taken = setTimeout(() => { live.textContent = ""; }, 10_000);
  };

  // Something that is so until it changes: said once.
  const state = (text) => {
    if (live.dataset.state === text) return;
    live.dataset.state = text;
    say(text);
  };

  const addLocalTimes = (within) => {
    for (const time of within.querySelectorAll("time[datetime*=T]")) time.title = `${local.format(new Date(time.dateTime))} (${zone})`;
  };

  // Planned maintenance begins and ends on the minute, and a promise passes, whether or not anybody builds the page then.
  const followTheClock = () => {
    const now = Date.now();
    for (const promise of document.querySelectorAll("[data-due]")) {
      if (now >= Date.parse(promise.dataset.due)) promise.textContent = promise.dataset.overdue;
    }
    for (const card of document.querySelectorAll("[data-from]")) {
      const { from, until, begun, over } = card.dataset;
      const text = until && now >= Date.parse(until) ? over : now >= Date.parse(from) ? begun : null;
      const word = card.querySelector(".s")?.lastChild;
      if (text && word && word.data !== text) word.data = text;
    }
    const made = document.querySelector("[data-valid-until]");
    const stale = made && now > Date.parse(made.dataset.validUntil) + 15 * minute;
    if (stale) state(words.stale.replace("{time}", local.format(new Date(made.dataset.made))));
    else if (live.dataset.state && failures < 3) state("");
  };

  // Sections, cards, rows and updates come and go among others, so they are told apart by more than their place: by a key, or
  // by where the first link in them leads that is marked as a key.
  const keyOf = (node) => {
    if (node.nodeType !== 1) return "";
    const link = node.matches("article, li") && node.querySelector("a[data-key]");
    return node.id || node.dataset.key || node.getAttribute("aria-labelledby") || (link && link.getAttribute("href")) || "";
  };

  // Makes `old` what `fresh` is with as few changes as can be, so that focus, selection and open details stay where they are.
  const adopt = (old, fresh) => {
    if (old.nodeType !== 1) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    for (const { name } of [...old.attributes]) if (name !== "open" && !fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const coming = new Set([...fresh.childNodes].map(keyOf));
    const keyed = new Map();
    for (const child of [...old.childNodes]) {
      const key = keyOf(child);
      if (key && coming.has(key)) keyed.set(key, [...(keyed.get(key) ?? []), child]);
      else if (key) child.remove();
    }
    let place = old.firstChild;
    for (const child of [...fresh.childNodes]) {
      const key = keyOf(child);
      // Of several with one key, such as groups of one name, the first goes with the first.
      const match = key ? keyed.get(key)?.shift() : place && !keyOf(place) ? place : null;
      // What is left of nodes that went must not make a node move that stays: moving it would take the focus away.
      while (match && place && place !== match && !keyOf(place)) {
        const left = place;
        place = place.nextSibling;
        left.remove();
      }
      if (!match || match.nodeType !== child.nodeType || match.nodeName !== child.nodeName) {
        old.insertBefore(child, place);
        continue;
      }
      if (match === place) place = place.nextSibling;
      else old.insertBefore(match, place);
      adopt(match, child);
    }
    while (place) {
      const gone = place;
      place = place.nextSibling;
      gone.remove();
    }
  };

  const refresh = async () => {
    const answer = await fetch(location.pathname + location.search, { cache: "no-cache" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [main, heading] = [fresh.getElementById("main"), document.querySelector("h1").textContent];
    if (!main) return;
    addLocalTimes(main);
    const before = document.getElementById("main").innerText;
    adopt(document.getElementById("main"), main);
    adopt(document.querySelector("footer"), fresh.querySelector("footer"));
    document.title = fresh.title;
    document.querySelector("link[rel=icon]").href = fresh.querySelector("link[rel=icon]").href;
    addLocalTimes(document);
    followTheClock();
    const now = document.querySelector("h1").textContent;
    if (now !== heading) tell(now);
    else if (document.getElementById("main").innerText !== before) tell(words.updated);
  };

  const check = async () => {
    if (busy || document.hidden) return;
    busy = true;
    try {
      const answer = await fetch(new URL("api/v2/status.json", root), { cache: "no-cache" });
      if (!answer.ok) throw new Error(answer.statusText);
      const { page, status } = await answer.json();
      const found = `${page.updated_at} ${status.indicator}`;
      const made = document.querySelector("[data-valid-until]");
      const overdue = made && Date.now() > Date.parse(made.dataset.validUntil);
      // A page from a cache may be older than the first answer.
      const older = known === undefined && made && made.dataset.updated !== page.updated_at.replace(/\.\d+Z$/, "Z");
      if (older || overdue || (known !== undefined && known !== found)) await refresh();
      known = found;
      if (failures >= 3) state("");
      failures = 0;
    } catch {
      failures += 1;
      if (failures === 3) state(words.failed.replace("{time}", local.format(new Date())));
    }
    busy = false;
  };

  // A host that streams tells of each event as it happens. A file ends at once: then looking once a minute has to do.
  const listen = () => {
    const source = new EventSource(new URL("events.sse", root));
    let opened = 0;
    source.addEventListener("open", () => { opened = Date.now(); });
    source.addEventListener("error", () => { if (Date.now() - opened < 10_000) source.close(); });
    // The page is built a moment after the event. Many events at once are one reason to look.
    const soon = () => {
      pending?.forEach(clearTimeout);
      pending = [300, 2_000, 10_000].map((wait) => setTimeout(check, wait));
    };
    for (const kind of ["incident", "maintenance", "service"]) source.addEventListener(kind, soon);
  };

  addLocalTimes(document);
  followTheClock();
  check();
  setInterval(check, minute);
  setInterval(followTheClock, minute / 4);
  document.addEventListener("visibilitychange", check);
  setTimeout(listen, 5_000);
})();
