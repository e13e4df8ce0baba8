import { HttpRefusal } from './error-status.js';

/** The place of a handler: a method, and a path like `/payments/:reservationId/cancel`. */
export interface RoutePattern {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** A part that begins with `:` stands for any one part and names it. */
  path: string;
}

/** The result for a request's method and path. */
export type Match<Route> =
  | { kind: 'found'; route: Route; params: Readonly<Record<string, string>> }
  | { kind: 'other-method'; allowed: readonly string[] }
  | { kind: 'nowhere' };

/**
 * Returns a function that finds the route of a method and a path. When several fit, it finds the first.
 *
 * @throws `HttpRefusal` of 400, from the function, when a part of the path is percent-encoded wrongly.
 */
export function createRouter<Route extends RoutePattern>(
  routes: readonly Route[],
): (method: string, path: string) => Match<Route> {
  const table = routes.map((route) => ({ route, pattern: route.path.split('/') }));
  return (method, path) => {
    const parts = path.split('/').map(decodePart);
    const fitting = table.filter(({ pattern }) => fits(pattern, parts));
    const found = fitting.find(({ route }) => route.method === method);
    if (found) return { kind: 'found', route: found.route, params: readParams(found.pattern, parts) };
    if (fitting.length === 0) return { kind: 'nowhere' };
    return { kind: 'other-method', allowed: [...new Set(fitting.map(({ route }) => route.method))] };
  };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpRefusal(400, `the path has a part that is percent-encoded wrongly: ${part}`);
  }
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  if (pattern.length !== parts.length) return false;
  return pattern.every((name, at) => (name.startsWith(':') ? parts[at] !== '' : name === parts[at]));
}

function readParams(pattern: readonly string[], parts: readonly string[]): Record<string, string> {
  const named = pattern.flatMap((name, at) => (name.startsWith(':') ? [[name.slice(1), parts[at]!] as const] : []));
  return Object.fromEntries(named);
}
