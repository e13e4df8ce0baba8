// One generation, resumed run or rollback in a process of its own, as the one JSON argument says.
// Tells its events and how it ended as JSON lines on stdout.
import { connect } from 'tablepick/database';
import { generateSlots, readRules, resumeRun, rollbackRun } from 'tablepick/slots';

const connectionsBesideWorkers = 4;

const actions = {
  generate: (database, settings) => generateSlots({ database, rules: readRules(database), ...settings }),
  resume: (database, settings) => resumeRun({ database, ...settings }),
  rollback: (database, settings) => rollbackRun({ database, ...settings }),
};

const { url, action, ...settings } = JSON.parse(process.argv[2]);

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function act() {
  const database = await connect({ url, poolSize: (settings.workers ?? 2) + connectionsBesideWorkers });
  try {
    return await actions[action](database, { ...settings, onEvent: (event) => say({ event }) });
  } finally {
    await database.close();
  }
}

try {
  say({ result: await act() });
} catch ({ code, message, hint }) {
  say({ error: { code, message, hint } });
}
