/** Pages may load what we serve and nothing else, and nothing inline. */
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

/** Swagger UI sets styles inline and carries its icons as data. */
export const SWAGGER_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    ...CONTENT_SECURITY_POLICY.directives,
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
  },
};
