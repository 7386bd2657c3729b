// Keeps the page as the server would draw it now. The server sends what changed as a tree of
// [tag, attributes, text, children]; elements are made one by one and texts are set as texts.
'use strict';
(() => {
  const tags = new Set(['main', 'section', 'article', 'h2', 'h3', 'p', 'span', 'strong', 'code', 'div', 'dl',
    'dt', 'dd', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'time', 'details', 'summary', 'footer', 'a']);
  const names = new Set(['class', 'id', 'title', 'datetime', 'data-name', 'href']);
  const pause = 2000;  // ms between two refreshes at least
  const live = document.getElementById('live');

  const build = ([tag, attributes, text, children]) => {
    const node = document.createElement(tags.has(tag) ? tag : 'span');
    for (const [name, value] of Object.entries(attributes)) {
      if (names.has(name) && (name !== 'href' || value.startsWith('/'))) node.setAttribute(name, value);
    }
    node.textContent = text;
    for (const child of children) node.append(build(child));
    return node;
  };

  const draw = (tree) => {
    const before = document.getElementById('state');
    const after = build(tree);
    for (const open of before.querySelectorAll('details[open]')) {
      const same = after.querySelector('#' + CSS.escape(open.id));
      if (same) same.open = true;
    }
    before.replaceWith(after);
  };

  let last = 0;
  let waiting = false;
  const refresh = async () => {
    if (waiting) return;
    waiting = true;
    await new Promise((done) => setTimeout(done, Math.max(0, last + pause - Date.now())));
    if (document.hidden) await new Promise((done) => document.addEventListener('visibilitychange', done, {once: true}));
    waiting = false;
    last = Date.now();
    // A person who has marked a command is left alone until the mark is gone.
    if (String(document.getSelection())) return void setTimeout(refresh, pause);
    try {
      const answer = await fetch('/', {headers: {Accept: 'application/json'}});
      if (answer.ok) draw(await answer.json());
    } catch {
      live.textContent = 'not connected';
    }
  };

  // The page is fresh as it comes; what only prints or copies it is not kept waiting by a stream.
  setTimeout(() => {
    const events = new EventSource('/api/v1/events');
    events.addEventListener('state', () => {
      live.textContent = 'live';
      refresh();
    });
    events.onopen = () => { live.textContent = 'live'; };
    events.onerror = () => { live.textContent = 'not connected'; };
  }, 6000);
  setInterval(refresh, 30000);  // ages grow by themselves
})();
