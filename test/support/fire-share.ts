/** True when a part of the tests under fire is enough, which takes minutes: `TABLEPICK_FIRE=share`. */
export const isShare = process.env.TABLEPICK_FIRE === 'share';

/** Both servers; in a share, the named one. */
export function enginesUnderFire(inShare: 'mysql' | 'mariadb'): ('mysql' | 'mariadb')[] {
  return isShare ? [inShare] : ['mysql', 'mariadb'];
}
