/** Which program this is: what it keeps for itself, and could make again, another version of it does not take over. */

/** As in package.json. */
export const PROGRAM_VERSION = '0.1.0';
