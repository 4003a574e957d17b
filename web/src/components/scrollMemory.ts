/** Where lists were scrolled to, by name and address, so that going back finds the same rows under the eye. */
const places = new Map<string, number>();
const MOST = 50;

export function rememberScroll(key: string, offset: number): void {
  places.delete(key);
  places.set(key, offset);
  const oldest = places.keys().next();
  if (places.size > MOST && oldest.value !== undefined) places.delete(oldest.value);
}

export const rememberedScroll = (key: string): number => places.get(key) ?? 0;
