import { existsSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const METRICS = [
  'tablepick_outbox_pending',
  'tablepick_outbox_oldest_seconds',
  'tablepick_relay_sent_total',
  'tablepick_consumer_lag',
  'tablepick_consumer_handled_total',
  'tablepick_consumer_retries_total',
  'tablepick_dead_letters',
  'tablepick_saga_states',
  'tablepick_gateway_calls_total',
];

interface Dashboard {
  panels: { id: number; title: string; datasource: { uid: string }; targets: { expr: string }[] }[];
}

// That the YAML files can be read is what the format check finds out.
const compose = readFileSync('compose.yaml', 'utf8');
const dashboard = JSON.parse(readFileSync('compose/grafana/dashboards/tablepick.json', 'utf8')) as Dashboard;

test('every file that a container is given is there', () => {
  const mounted = [...compose.matchAll(/(\.\/compose\/[^:\s]+):/g)].map(([, path]) => path!);
  expect(mounted).toHaveLength(3);
  for (const path of mounted) expect(existsSync(path), path).toBe(true);
});

test('no port is open to other machines', () => {
  const ports = [...compose.matchAll(/^ +ports: \['(.*)'\]$/gm)].map(([, port]) => port!);
  expect(ports).toHaveLength(5);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
});

test('the dashboard has one panel for each metric, from the data source that is provisioned', () => {
  const asked = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => /tablepick_\w+/.exec(expr)?.[0]));
  expect(asked.sort()).toEqual([...METRICS].sort());
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(METRICS.length);
  const source = readFileSync('compose/grafana/provisioning/datasources/prometheus.yml', 'utf8');
  for (const panel of dashboard.panels) expect(source).toContain(`uid: ${panel.datasource.uid}\n`);
});
