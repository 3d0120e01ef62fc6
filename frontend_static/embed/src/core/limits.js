/** How many cards a wall shows before the reader asks for the rest; the box reserved for it counts on that. */
export const WALL_FIRST = 6;
