/** True when a part of what belongs under fire is enough, one that takes minutes: `TABLEPICK_FIRE=share`. */
export const isShare = process.env.TABLEPICK_FIRE === 'share';

/** Both servers; as a share, the one that is named. */
export function enginesUnderFire(inShare: 'mysql' | 'mariadb'): ('mysql' | 'mariadb')[] {
  return isShare ? [inShare] : ['mysql', 'mariadb'];
}
