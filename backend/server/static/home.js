/** The page to try a picture on: whose thumbnail it is, and where that is seen. Names are text, never markup. */

const MAX_BYTES = 8 * 1024 * 1024;
const byId = (id) => document.getElementById(id);
const [run, drop, file, problem, result] = ['run', 'drop', 'file', 'problem', 'result'].map(byId);
const [verdict, bars, heat, explained] = ['verdict', 'bars', 'heat', 'explained'].map(byId);
const [channel, method] = ['channel', 'method'].map(byId);

let names = new Map(); // what people call the channels, by name
let picture = null;
let asked = 0; // counts questions: of the answers, only the last question's is shown

const ready = start();

async function start() {
  const { run: served } = await (await ask('/health')).json();
  names = new Map(served.channels.map(({ name, display_name: shown }) => [name, shown]));
  run.textContent = `${served.name}, ${served.recipe}, ${names.size} channels${served.demo ? ' (made-up)' : ''}`;
  channel.replaceChildren(...[...names].map(([name, shown]) => new Option(shown, name)));
}

/** Asks the server; throws what it says is wrong. */
async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, { credentials: 'same-origin', ...options });
  } catch {
    throw new Error('The server does not answer: start it again with python -m backend serve RUN');
  }
  if (!response.ok) {
    throw new Error((await response.json()).error.message);
  }
  return response;
}

/** Runs a question, and shows its failure if no later one was asked. */
async function question(work) {
  const number = ++asked;
  const isLast = () => number === asked;
  result.ariaBusy = 'true';
  try {
    await ready;
    await work(isLast);
    if (isLast()) {
      problem.hidden = true;
    }
  } catch (error) {
    if (isLast()) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  } finally {
    if (isLast()) {
      result.ariaBusy = 'false';
    }
  }
}

function classify(chosen) {
  void question(async (isLast) => {
    result.hidden = true;
    if (chosen.size > MAX_BYTES) {
      throw new Error(`${chosen.name || 'The picture'} is larger than 8 MB: a thumbnail is far smaller`);
    }
    const answer = await (await ask('/predict', { method: 'POST', body: chosen })).json();
    if (!isLast()) {
      return;
    }
    picture = chosen;
    channel.value = answer.channel;
    showAnswer(answer);
    result.hidden = false;
    await explain(isLast);
  });
}

async function explain(isLast) {
  const query = new URLSearchParams({ method: method.value, channel: channel.value });
  const response = await ask(`/saliency?${query}`, { method: 'POST', body: picture, headers: { accept: 'image/png' } });
  const blob = await response.blob();
  if (!isLast()) {
    return;
  }
  URL.revokeObjectURL(heat.src);
  heat.src = URL.createObjectURL(blob);
  explained.textContent = `What in this picture speaks for ${names.get(channel.value)}.`;
}

function showAnswer({ channel: best, known, probability, probabilities, unknown }) {
  const shown = names.get(best);
  verdict.className = known ? 'known' : 'unknown';
  verdict.textContent = known ? `${shown}, ${percent(probability)}` : `None of your channels (most like ${shown})`;
  const rows = Object.entries(probabilities).map(([name, chance]) => [names.get(name), chance]);
  rows.sort((one, other) => other[1] - one[1]);
  bars.replaceChildren(...(unknown === null ? rows : [...rows, ['None of these', unknown]]).map(bar));
}

function bar([label, chance]) {
  const [row, name, figure, line] = ['li', 'span', 'span', 'progress'].map((tag) => document.createElement(tag));
  name.textContent = label;
  name.title = label;
  figure.textContent = percent(chance);
  line.value = chance;
  line.ariaLabel = label;
  row.append(name, figure, line);
  return row;
}

/** Never 100 % or 0 % for what is not certain. */
function percent(chance) {
  const rounded = Math.min(99.9, Math.max(0.1, chance * 100));
  return `${rounded.toFixed(rounded > 99 || rounded < 1 ? 1 : 0)}%`;
}

function take(transfer) {
  const [dropped] = [...transfer.files].filter(({ type }) => type.startsWith('image/'));
  if (dropped) {
    classify(dropped);
  } else if (transfer.files.length > 0) {
    void question(() => Promise.reject(new Error(`${transfer.files[0].name} is no picture: use a JPEG, PNG or WebP file`)));
  }
  return transfer.files.length > 0;
}

file.addEventListener('change', () => {
  if (file.files.length > 0) {
    classify(file.files[0]);
  }
});
for (const control of [channel, method]) {
  control.addEventListener('change', () => void question(explain));
}
document.addEventListener('paste', (event) => {
  if (take(event.clipboardData)) {
    event.preventDefault();
  }
});
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
document.addEventListener('dragleave', () => drop.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  if (!take(event.dataTransfer)) {
    void question(() => Promise.reject(new Error('Only the address was dropped: save the picture, then drop its file')));
  }
});
ready.catch(() => question(() => Promise.resolve()));
