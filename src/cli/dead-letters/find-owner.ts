import { TablepickError } from '../../errors.js';
import { listDeadLetters } from '../../messaging/index.js';
import type { Service } from '../connections/with-services.js';

/**
 * The service that has dead letters with all these ids. When none has, the first, which can say which ids are unknown.
 *
 * @throws `BAD_OPTION` when several have letters with these ids: each service counts its own.
 */
export async function findOwner(services: readonly Service[], ids: readonly number[]): Promise<Service> {
  if (services.length === 1) return services[0]!;
  const owners: Service[] = [];
  for (const service of services) if (await hasAll(service, ids)) owners.push(service);
  if (owners.length > 1) {
    const names = owners.map(({ service }) => service);
    const what = ids.length === 1 ? `a dead letter ${ids[0]}` : 'dead letters with these ids';
    throw new TablepickError('BAD_OPTION', `${names.join(' and ')} each have ${what}`, {
      hint: `name one: ${names.map((name) => `--service ${name}`).join(' or ')}`,
    });
  }
  return owners[0] ?? services[0]!;
}

async function hasAll({ database }: Service, ids: readonly number[]): Promise<boolean> {
  const found = await listDeadLetters(database, { ids, limit: ids.length });
  return found.length === new Set(ids).size;
}
