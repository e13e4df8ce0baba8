/** True when a part of what belongs under fire is enough, one that takes minutes: `TABLEPICK_FIRE=share`. */
export const isShare = process.env.TABLEPICK_FIRE === 'share';
