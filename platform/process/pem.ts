import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { findFileFault } from './settings.ts';

const CERTIFICATE = 'a certificate in PEM';
const PRIVATE_KEY = 'a private key in PEM without a passphrase';

/** A setting that holds a certificate, or the path of one. */
export const certificate = pemText(isCertificate, CERTIFICATE);
export const certificateFile = pemFile(isCertificate, CERTIFICATE);

/** A setting that holds the private key of a certificate, or the path of one. */
export const privateKey = pemText(isPrivateKey, PRIVATE_KEY);
export const privateKeyFile = pemFile(isPrivateKey, PRIVATE_KEY);

type Pem = string | Uint8Array;

/** Whether the private key is the one of the certificate. */
export function isPair({ cert, key }: { cert: Pem; key: Pem }): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(Buffer.from(key)));
}

function isCertificate(pem: string): void {
  void new X509Certificate(pem);
}

function isPrivateKey(pem: string): void {
  createPrivateKey(pem);
}

function pemText(read: (text: string) => void, what: string) {
  return z.string().refine((text) => holds(read, text), { error: `must be ${what}` });
}

function pemFile(read: (text: string) => void, what: string) {
  return z.string().superRefine((file, ctx) => {
    const fault = findFileFault(file);
    if (fault === undefined && holds(read, readFileSync(file, 'utf8'))) return;
    ctx.addIssue({
      code: 'custom',
      message: `must be the path of ${what}${fault === undefined ? '' : `: ${fault}`}`,
    });
  });
}

function holds(read: (text: string) => void, text: string): boolean {
  try {
    read(text);
    return true;
  } catch {
    return false;
  }
}
