/** The version of md, written into every file it makes; a test holds it against package.json. */
export const version = '0.1.0';
