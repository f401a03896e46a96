/** The environment variable that tells record-profile.ts where to write. */
export const PROFILE_FOLDER = 'PROFILE_FOLDER';
