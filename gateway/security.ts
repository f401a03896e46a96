/** A page may load only files that this gateway serves, and nothing inline. */
export const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** Swagger UI sets inline styles, and its icons are data: URLs. */
export const SWAGGER_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    ...CONTENT_SECURITY_POLICY.directives,
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
  },
};
