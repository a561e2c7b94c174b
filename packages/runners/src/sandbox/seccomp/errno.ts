/** Error numbers of Linux, the same on x64 and arm64. */
export const EPERM = 1;
export const ENOMEM = 12;
export const EACCES = 13;
export const ENOSYS = 38;
