/** The version of this package, as it is announced. */
export const SDK_VERSION = '0.1.0';
